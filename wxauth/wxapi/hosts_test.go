package wxapi_test

import (
	"context"
	"net"
	"net/http"
	"net/http/httptrace"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/wxlogin/wxauth/wxapi"
	"example.com/wxlogin/wxauth/wxtest"
)

type recorder struct {
	http.RoundTripper
	mu    sync.Mutex
	down  map[string]time.Duration // by host: the time until a connection to the host fails
	hosts []string
}

func (r *recorder) RoundTrip(req *http.Request) (*http.Response, error) {
	r.mu.Lock()
	r.hosts = append(r.hosts, req.URL.Host)
	after, down := r.down[req.URL.Host]
	r.mu.Unlock()
	if !down {
		return r.RoundTripper.RoundTrip(req)
	}
	httptrace.ContextClientTrace(req.Context()).GetConn(req.URL.Host)
	if err := sleep(req.Context(), after); err != nil {
		return nil, err
	}
	return nil, &net.OpError{Op: "dial", Err: context.DeadlineExceeded}
}

func (r *recorder) take() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	hosts := r.hosts
	r.hosts = nil
	return hosts
}

func TestHosts(t *testing.T) {
	type hosts = []string
	synctest.Test(t, func(t *testing.T) {
		wechat := wxtest.NewServer(app)
		r := &recorder{RoundTripper: wechat.Transport(), down: map[string]time.Duration{"a": 0}}
		client := wxapi.New(app, wxapi.Options{Transport: r, Hosts: hosts{"https://a", "https://b/", "https://c"}})
		login := func(name string, want ...string) {
			t.Helper()
			start := time.Now()
			if _, err := client.Code2Session(background, wechat.Phone(app.ID, openID).Login()); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			if diff := cmp.Diff(want, r.take()); diff != "" {
				t.Errorf("%s: hosts (-want +got):\n%s", name, diff)
			}
			if took := time.Since(start); took != 0 {
				t.Errorf("%s: took %v, want no pause between hosts", name, took)
			}
		}
		login("first host down", "a", "b")
		login("down a moment ago", "b")
		time.Sleep(11 * time.Second)
		login("down a while ago", "a", "b")
		login("down again", "b")
		r.down = nil
		login("up, not known", "b")
		time.Sleep(11 * time.Second)
		login("up", "a")
		login("known to be up", "a")
		r.down = map[string]time.Duration{"a": 0, "b": 0}
		login("two down", "a", "b", "c")
		login("two known to be down", "c")

		r.down = map[string]time.Duration{"a": 0, "b": 0, "c": 0}
		client.Code2Session(background, "code")
		if diff := cmp.Diff(hosts{"c", "a", "b"}, r.take()); diff != "" {
			t.Errorf("all down: hosts (-want +got):\n%s", diff)
		}
		client.Code2Session(background, "code")
		if diff := cmp.Diff(hosts{"a", "b", "c"}, r.take()); diff != "" {
			t.Errorf("all known to be down: hosts (-want +got):\n%s", diff)
		}
	})
}

// TestOneCallTriesADeadHost checks that, ten seconds after a connection to a host
// failed, only one of several concurrent calls tries the host again.
func TestOneCallTriesADeadHost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		wechat := wxtest.NewServer(app)
		r := &recorder{RoundTripper: wechat.Transport(), down: map[string]time.Duration{"a": time.Second}}
		client := wxapi.New(app, wxapi.Options{Transport: r, Hosts: []string{"https://a", "https://b"}})
		client.Code2Session(background, "code")
		time.Sleep(11 * time.Second)
		r.take()
		var calls sync.WaitGroup
		for range 20 {
			calls.Go(func() { client.Code2Session(background, "code") })
		}
		calls.Wait()
		count := make(map[string]int)
		for _, host := range r.take() {
			count[host]++
		}
		if diff := cmp.Diff(map[string]int{"a": 1, "b": 20}, count); diff != "" {
			t.Errorf("hosts (-want +got):\n%s", diff)
		}
	})
}

// TestHostsKept checks that the client keeps using a host in three cases: the caller's
// context ends during the dial, the reply is lost, and WeChat is busy.
func TestHostsKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		wechat := wxtest.NewServer(app)
		r := &recorder{RoundTripper: wechat.Transport(), down: map[string]time.Duration{"a": time.Second}}
		client := wxapi.New(app, wxapi.Options{Transport: r, Hosts: []string{"https://a", "https://b"}})
		ctx, cancel := context.WithTimeout(background, time.Millisecond)
		defer cancel()
		client.Code2Session(ctx, "code")
		r.down = nil
		wechat.FailNext(wxtest.Fault{Drop: true}, wxtest.Fault{ErrCode: -1})
		client.Code2Session(background, "code")
		if diff := cmp.Diff([]string{"a", "a", "a", "a"}, r.take()); diff != "" {
			t.Errorf("hosts (-want +got):\n%s", diff)
		}
	})
}
