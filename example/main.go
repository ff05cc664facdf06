// This program is a server whose users log in from a WeChat Mini Program, and
// a page that shows how.
//
// It needs no configuration: without any it talks to a WeChat that it
// simulates in its own process, and keeps logins in memory.
//
//	WX_APPID, WX_SECRET  the mini program's AppID and AppSecret, to talk to
//	                     the real WeChat
//	REDIS_URL            such as redis://127.0.0.1:6379/0, to keep logins there
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"example.com/wxlogin/stores"
	"example.com/wxlogin/wxauth"
)

func main() {
	addr := flag.String("addr", "127.0.0.1:8080", "`address` to listen on; port 0 takes a free one")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, *addr); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, addr string) error {
	config := wxauth.Config{
		Apps:     []wxauth.App{{ID: os.Getenv("WX_APPID"), Secret: os.Getenv("WX_SECRET")}},
		Sessions: wxauth.NewSessions(),
		OnLogin:  findUser,
	}
	if url := os.Getenv("REDIS_URL"); url != "" {
		store, err := stores.OpenRedis(url)
		if err != nil {
			return fmt.Errorf("REDIS_URL: %w", err)
		}
		config.Sessions.Store = store
	}

	// The page that shows what happens, and a simulated WeChat where no real
	// one is configured. A program of your own does without it.
	demo := newDemo(&config)

	auth, err := wxauth.New(config)
	if err != nil {
		return err
	}
	app := application{auth, config.Sessions}

	mux := http.NewServeMux()
	mux.Handle("POST /login", auth.LoginHandler())
	mux.Handle("GET /wxopen/getOpenIdAndSessionKey", auth.LoginHandler()) // where many tutorials' mini programs log in
	mux.Handle("POST /logout", auth.LogoutHandler())
	mux.Handle("GET /session", auth.SessionHandler())
	mux.Handle("GET /me", auth.LoadAndSave(http.HandlerFunc(app.me)))
	mux.Handle("POST /steps", auth.LoadAndSave(http.HandlerFunc(app.steps)))
	mux.Handle("POST /phone", auth.Require(http.HandlerFunc(app.phone)))
	mux.Handle("POST /logout/everywhere", auth.Require(http.HandlerFunc(app.logoutEverywhere)))

	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	server := &http.Server{
		Handler:           demo.handler(auth, mux), // without the demonstration: mux
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       10 * time.Second,
		WriteTimeout:      20 * time.Second,
		IdleTimeout:       2 * time.Minute,
	}
	server.RegisterOnShutdown(demo.close)
	fmt.Print(demo.instructions("http://" + listener.Addr().String()))
	return serve(ctx, server, listener)
}

// serve serves until ctx ends, and lets requests under way finish.
func serve(ctx context.Context, server *http.Server, listener net.Listener) error {
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	return server.Shutdown(ctx)
}
