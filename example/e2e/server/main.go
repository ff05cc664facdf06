// Command server is an HTTP server for the Node tests in example/e2e. It contains an
// application that uses package wxauth, and a simulated WeChat. The server prints its URL
// when it starts. It exits when its standard input is closed, so it cannot outlive the
// test process that started it.
package main

import (
	"flag"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"example.com/wxlogin/stores"
	"example.com/wxlogin/wxauth"
	"example.com/wxlogin/wxauth/wafer"
	"example.com/wxlogin/wxauth/wxapi"
	"example.com/wxlogin/wxauth/wxtest"
)

const appID = "wx4f4bc4dec97d474b"

func main() {
	lifetime := flag.Duration("lifetime", time.Hour, "of a login")
	flag.Parse()
	h, err := newHandler(*lifetime)
	if err != nil {
		log.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	go func() {
		io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	fmt.Printf("http://%s\n", l.Addr())
	log.Fatal(http.Serve(l, h))
}

// newHandler returns the handler of the server. The endpoints under /weapp/ are for
// Tencent's old SDKs; see package wafer.
func newHandler(lifetime time.Duration) (http.Handler, error) {
	app := wxauth.App{ID: appID, Secret: "0123456789abcdef0123456789abcdef"}
	wechat := wxtest.NewServer(app)
	sessions := wxauth.NewSessions()
	sessions.Lifetime = lifetime
	store := &store{Memory: stores.NewMemory()}
	sessions.Store = store
	config := wxauth.Config{
		Apps:     []wxauth.App{app},
		Sessions: sessions,
		API:      wxapi.Options{Transport: wechat.Transport()},
		OnLogin:  userID,
		Logger:   slog.New(slog.DiscardHandler),
	}
	auth, err := wxauth.New(config)
	if err != nil {
		return nil, err
	}
	dialect := config
	wafer.Configure(&config)
	old, err := wxauth.New(config)
	if err != nil {
		return nil, err
	}

	shop := new(shop)
	road := &road{calls: make(map[string]int)}
	mux := http.NewServeMux()
	mux.Handle("POST /login", auth.LoginHandler())
	mux.Handle("POST /logout", auth.LogoutHandler())
	mux.Handle("GET /me", auth.Require(http.HandlerFunc(me)))
	mux.Handle("POST /orders", auth.Require(http.HandlerFunc(shop.order)))
	mux.Handle("POST /files", auth.Require(http.HandlerFunc(shop.upload)))
	mux.Handle("POST /steps", auth.Require(steps(auth)))
	mux.Handle("POST /phone", auth.Require(phone(auth)))

	mux.Handle("GET /tea.txt", auth.Require(http.HandlerFunc(download)))
	mux.Handle("POST /renew", auth.Require(renew(auth)))
	if err := mountDialects(mux, dialect, shop); err != nil {
		return nil, err
	}

	mux.Handle("GET /weapp/login", old.LoginHandler())
	mux.Handle("POST /weapp/logout", old.LogoutHandler())
	mux.Handle("GET /weapp/me", old.Require(http.HandlerFunc(me)))
	mux.Handle("POST /weapp/orders", old.Require(http.HandlerFunc(shop.order)))

	control := &control{
		wechat: wechat, auth: auth, store: store, shop: shop, road: road,
		phones: make(map[string]*wxtest.Phone),
	}
	outer := http.NewServeMux()
	outer.Handle("/", road.handler(mux))
	control.mount(outer)
	return outer, nil
}

// openID returns the openid of a user. A Node test searches for the prefix, to find an
// openid that a client received by mistake.
func openID(user string) string { return "openid-of-" + user }

func user(openID string) string { return strings.TrimPrefix(openID, "openid-of-") }
