//go:build !race

package wxauth_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"example.com/wxlogin/wxauth"
	"example.com/wxlogin/wxauth/wxapi"
)

// TestMemoryOfUsedCodes checks that a used code is remembered after 65,000 newer codes, and
// forgotten after 66,000. The race detector would make the test too slow.
func TestMemoryOfUsedCodes(t *testing.T) {
	t.Parallel()
	var calls atomic.Int32
	auth, _ := newAuth(t, wxauth.Config{
		API: wxapi.Options{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
			calls.Add(1)
			return &http.Response{StatusCode: 200, Body: io.NopCloser(strings.NewReader(`{"errcode":40029}`))}, nil
		})},
		ReplyError: func(http.ResponseWriter, *http.Request, *wxauth.Error) {},
	})
	h := auth.LoginHandler()
	use := func(code string) int {
		before := calls.Load()
		w := httptest.ResponseRecorder{HeaderMap: make(http.Header)}
		h.ServeHTTP(&w, &http.Request{Method: "GET", URL: &url.URL{RawQuery: "code=" + code}})
		return int(calls.Load() - before)
	}
	useMany := func(name string, n int) {
		var workers sync.WaitGroup
		for worker := range 10 {
			workers.Go(func() {
				for i := range n / 10 {
					use(fmt.Sprint(name, worker, "-", i))
				}
			})
		}
		workers.Wait()
	}
	if n := use("first"); n != 1 {
		t.Errorf("a new code cost %d calls", n)
	}
	useMany("a", 65_000)
	if n := use("first"); n != 0 || calls.Load() != 65_001 {
		t.Errorf("a used code cost %d calls; %d in all", n, calls.Load())
	}
	useMany("b", 1000)
	if n := use("first"); n != 1 {
		t.Errorf("a code that was used long ago cost %d calls, want 1", n)
	}
	if n := use("b9-50"); n != 0 {
		t.Errorf("a code that was used just now cost %d calls", n)
	}
}
