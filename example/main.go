// Command example is a server whose users log in from a WeChat Mini Program.
//
// To write a server of your own, copy main.go and application.go. Then delete the
// import of the playground and the three lines that begin with "play". These lines add
// a page that shows the messages between the mini program, the server and WeChat. If
// neither WX_APPID nor WX_SECRET is set, they also add a simulated WeChat.
//
//	WX_APPID, WX_SECRET  the AppID and AppSecret of the mini program
//	REDIS_URL            the URL of the Redis that stores the logins, such as redis://127.0.0.1:6379/0;
//	                     without REDIS_URL, this process stores the logins in memory
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"example.com/wxlogin/example/playground"
	"example.com/wxlogin/stores"
	"example.com/wxlogin/wxauth"
)

func main() {
	addr := flag.String("addr", "127.0.0.1:8080", "`address` to listen on; port 0 picks a free port")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, *addr); err != nil {
		log.Fatal(err)
	}
}

// run runs the server until ctx ends. It returns an error if the server cannot start or fails.
func run(ctx context.Context, addr string) error {
	sessions := wxauth.NewSessions()
	if url := os.Getenv("REDIS_URL"); url != "" {
		store, err := stores.OpenRedis(url)
		if err != nil {
			return fmt.Errorf("REDIS_URL: %w", err)
		}
		defer store.Close()
		sessions.Store = store
	}
	config := wxauth.Config{
		Apps:     []wxauth.App{{ID: os.Getenv("WX_APPID"), Secret: os.Getenv("WX_SECRET")}},
		Sessions: sessions,
		OnLogin:  findUser,
	}
	play := playground.New(&config)

	if err := configured(config.Apps[0]); err != nil {
		return err
	}
	auth, err := wxauth.New(config)
	if err != nil {
		return err
	}
	if err := auth.Ready(ctx); err != nil {
		log.Print("warning: ", err) // not fatal, because the store can start to work later
	}
	mux := application{auth, sessions}.routes()
	server := &http.Server{
		Handler:           mux,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       10 * time.Second,
		WriteTimeout:      20 * time.Second,
		IdleTimeout:       2 * time.Minute,
	}
	play.Attach(server, mux, auth)

	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return fmt.Errorf("cannot listen; choose another address with -addr: %w", err)
	}
	log.Print("listening on ", listener.Addr())
	play.Print(os.Stdout, listener.Addr())
	return serve(ctx, server, listener)
}

func configured(app wxauth.App) error {
	switch {
	case app.ID == "":
		return errors.New("WX_APPID is not set: it is the AppID of the mini program")
	case app.Secret == "":
		return errors.New("WX_SECRET is not set: it is the AppSecret of the mini program")
	}
	return nil
}

// serve handles requests until ctx ends or the server fails. When ctx ends, serve waits at most
// ten seconds for the running requests.
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
