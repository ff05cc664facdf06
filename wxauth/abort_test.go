package wxauth_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"example.com/wxlogin/wxauth"
)

func recovers(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			if recover() != nil {
				w.WriteHeader(http.StatusInternalServerError)
			}
		}()
		next.ServeHTTP(w, r)
	})
}

// buffers is a middleware that gives the handler a ResponseWriter without the method
// Unwrap.
func buffers(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rec := httptest.NewRecorder()
		next.ServeHTTP(rec, r)
		for name, values := range rec.Header() {
			w.Header()[name] = values
		}
		w.WriteHeader(rec.Code)
		w.Write(rec.Body.Bytes())
	})
}

// TestFailedSaveIsNoSuccess makes every save of session data fail. The client must then
// get no complete 2xx reply, except in the case "no Unwrap, a recovery". In this case,
// the middleware recovers from the panic of LoadAndSave and makes SetWriteDeadline fail.
// LoadAndSave must log that the client may take the reply for a success.
func TestFailedSaveIsNoSuccess(t *testing.T) {
	type around = func(http.Handler) http.Handler
	none := func(next http.Handler) http.Handler { return next }
	writes := map[string]func(w http.ResponseWriter){
		"empty":        func(http.ResponseWriter) {},
		"short":        func(w http.ResponseWriter) { io.WriteString(w, "saved") },
		"long":         func(w http.ResponseWriter) { io.WriteString(w, strings.Repeat("saved ", 200<<10/6)) },
		"known length": func(w http.ResponseWriter) { w.Header().Set("Content-Length", "5"); io.WriteString(w, "saved") },
		"flushed":      func(w http.ResponseWriter) { io.WriteString(w, "saved"); http.NewResponseController(w).Flush() },
	}
	for name, test := range map[string]struct {
		around, outermost around
		lost              bool // the client gets a complete 2xx reply, or a 500 if the handler writes nothing
	}{
		"alone":                 {around: none, outermost: none},
		"a recovery":            {around: recovers, outermost: none},
		"a recovery, Outermost": {around: recovers, outermost: wxauth.Outermost},
		"no Unwrap, a recovery": {around: func(h http.Handler) http.Handler { return buffers(recovers(h)) }, outermost: none, lost: true},
		"Outermost inside a recovery": {
			around:    func(h http.Handler) http.Handler { return buffers(recovers(h)) },
			outermost: func(h http.Handler) http.Handler { return recovers(wxauth.Outermost(h)) },
		},
		"no Unwrap, recovery, Outermost": {around: func(h http.Handler) http.Handler { return buffers(recovers(h)) }, outermost: wxauth.Outermost},
	} {
		for protocol, http2 := range protocols {
			for body, write := range writes {
				t.Run(fmt.Sprintf("%s, %s, %s", name, protocol, body), func(t *testing.T) {
					var log bytes.Buffer
					store := newTestStore()
					sessions := sessionsIn(store)
					auth, wechat := newAuth(t, wxauth.Config{Sessions: sessions, Logger: slog.New(slog.NewTextHandler(&log, nil))})
					token := login(t, auth, wechat.Phone(appID, openID))
					url, client := serveTLS(t, http2, test.outermost(test.around(auth.LoadAndSave(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
						sessions.Put(r.Context(), "cart", "apples")
						write(w)
					})))))
					store.set(failing("swap"))
					resp, err := client.Do(bearer(t, t.Context(), "POST", url, token))
					var read []byte
					if err == nil {
						read, err = io.ReadAll(resp.Body)
						resp.Body.Close()
					}
					success := err == nil && resp.StatusCode < 300
					if success != (test.lost && body != "empty") {
						t.Errorf("the client reads %.20q, %v; it takes that for a success: %v", read, err, success)
					}
					if said := strings.Contains(log.String(), "may take the reply for a success"); said != test.lost {
						t.Errorf("log: %s", &log)
					}
				})
			}
		}
	}
}

// failing returns a function for testStore.set that makes each operation of the given
// kind, such as "swap", fail with errDown.
func failing(kind string) func(context.Context, int, string, string) (bool, error) {
	return func(_ context.Context, _ int, op, _ string) (bool, error) {
		if op == kind {
			return false, errDown
		}
		return false, nil
	}
}

// TestFailedSaveLeavesTheConnection checks that a failed save of session data aborts only
// the HTTP/2 stream of its request, not the connection.
func TestFailedSaveLeavesTheConnection(t *testing.T) {
	store := newTestStore()
	sessions := sessionsIn(store)
	auth, wechat := newAuth(t, wxauth.Config{Sessions: sessions})
	token := login(t, auth, wechat.Phone(appID, openID))
	mux := http.NewServeMux()
	mux.Handle("/save", auth.LoadAndSave(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		sessions.Put(r.Context(), "cart", "apples")
	})))
	mux.Handle("/me", auth.Require(me))
	addresses := make(map[string]bool)
	url, client := serveTLS(t, true, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		addresses[r.RemoteAddr] = true
		recovers(mux).ServeHTTP(w, r)
	}))
	store.set(failing("swap"))
	for range 3 {
		if _, err := client.Do(bearer(t, t.Context(), "POST", url+"/save", token)); err == nil {
			t.Error("the request whose save failed has a reply")
		}
		resp, err := client.Do(bearer(t, t.Context(), "GET", url+"/me", token))
		if err != nil || resp.StatusCode != 200 {
			t.Fatalf("the next request: %v", err)
		}
		resp.Body.Close()
	}
	if len(addresses) != 1 {
		t.Errorf("%d connections, want 1", len(addresses))
	}
}

// TestOutermostPassesOn checks that Outermost does not change a reply if LoadAndSave has
// reported no failure.
func TestOutermostPassesOn(t *testing.T) {
	s := httptest.NewUnstartedServer(wxauth.Outermost(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/panic" {
			panic("boom")
		}
		io.WriteString(w, "fine")
	})))
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.Start()
	defer s.Close()
	if status, body := get(s.URL, ""); status != 200 || body != "fine" {
		t.Errorf("got %d %s", status, body)
	}
	if status, body := get(s.URL+"/panic", ""); status != 0 {
		t.Errorf("a handler that panics: got %d %s", status, body)
	}
}
