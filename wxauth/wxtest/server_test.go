package wxtest_test

import (
	"crypto/tls"
	"errors"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"example.com/wxlogin/wxauth/wxapi"
	"example.com/wxlogin/wxauth/wxtest"
)

func TestClose(t *testing.T) {
	w := overLoopback(t)
	if w.wechat.URL() != w.base || !strings.HasPrefix(w.base, "http://127.0.0.1:") {
		t.Errorf("URL %s, then %s", w.base, w.wechat.URL())
	}
	w.wechat.Close()
	w.wechat.Close()
	if _, err := w.do("GET", login, nil, nil); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("a call after Close: %v", err)
	}
	newServer().Close() // Close must work without a listener
}

func TestHTTP2(t *testing.T) {
	w := overHTTP2(t)
	reply, err := w.do("GET", login, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	reply.Body.Close()
	if reply.ProtoMajor != 2 || reply.TLS == nil || reply.TLS.Version < tls.VersionTLS12 {
		t.Errorf("%s", reply.Proto)
	}
}

func TestNoApps(t *testing.T) {
	s := wxtest.NewServer()
	w := &world{t: t, wechat: s, client: &http.Client{Transport: s.Transport()}, base: "http://wx"}
	if got := w.send("GET", login, loginParams("x"), ""); got != plainError(40013, "invalid appid") {
		t.Error(got)
	}
}

// TestConcurrency calls many methods of Server and Phone concurrently, for the race
// detector. Exactly one goroutine must be able to exchange the shared login code.
func TestConcurrency(t *testing.T) {
	everyWay(t, func(t *testing.T, newWorld func(*testing.T) *world) {
		w := newWorld(t)
		w.wechat.OnCall(func(wxtest.Call) {})
		shared := w.phone.Login()
		var won sync.Map
		var wg sync.WaitGroup
		for i := range 16 {
			wg.Go(func() {
				phone := w.wechat.Phone(appID, openID)
				for range 4 {
					w.exchange(phone.Login())
					phone.Encrypt(struct{}{})
					phone.Sign("")
					phone.CheckSession()
					phone.SessionKey()
				}
				w.token(i == 0)
				w.wechat.RotateKey(appID, openID)
				w.wechat.FailNext(wxtest.Fault{Path: "/none"})
				w.wechat.Advance(time.Second)
				w.wechat.Calls()
				if strings.Contains(w.send("GET", login, loginParams(shared), ""), openID) {
					won.Store(i, true)
				}
			})
		}
		wg.Wait()
		n := 0
		won.Range(func(any, any) bool { n++; return true })
		if n != 1 {
			t.Errorf("one code was exchanged %d times", n)
		}
		if got, want := w.wechat.Count(login), 16*5; got != want {
			t.Errorf("%d calls, want %d", got, want)
		}
	})
}

func TestMistakesPanic(t *testing.T) {
	w := overTransport(t)
	ready := w.wechat.Phone(appID, "ready")
	ready.Login()
	odd := w.wechat.Phone(appID, "odd")
	w.wechat.SetKey(appID, "odd", wxapi.UnsafeSessionKey("AAAA"))
	odd.Login()
	closed := newServer()
	closed.Close()
	for name, mistake := range map[string]func(){
		"unknown appid":        func() { w.wechat.Phone("wx0", openID) },
		"Encrypt before Login": func() { w.phone.Encrypt(struct{}{}) },
		"Sign before Login":    func() { w.phone.Sign("") },
		"Encrypt of a list":    func() { ready.Encrypt([]int{1}) },
		"Encrypt of null":      func() { ready.Encrypt(nil) },
		"Encrypt of a channel": func() { ready.Encrypt(make(chan int)) },
		"key too short":        func() { odd.Encrypt(struct{}{}) },
		"clock going back":     func() { w.wechat.Advance(-1) },
		"URL after Close":      func() { closed.URL() },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			mistake()
		})
	}
	w.phone.Login() // blocks if a panic left the Server locked
}
