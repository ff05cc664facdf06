package main

import (
	"encoding/json"
	"io"
	"net/http"
	"sync"
)

// road simulates the network in front of the server. It counts requests, and it drops
// or answers the requests that a test has chosen.
type road struct {
	mu       sync.Mutex
	calls    map[string]int
	troubles []trouble
}

// trouble is a fault of the network. It applies to the next request for Path, or for any
// path if Path is empty. If Always is true, it applies to all such requests until a test
// replaces road.troubles. If several troubles match a request, only the first in
// road.troubles applies.
type trouble struct {
	Path   string
	Always bool

	// Drop cuts the connection. "request" cuts it before the server receives the
	// request. "reply" cuts it after the server has handled the request.
	Drop string

	// If Drop is empty and Status is not 0, the client gets a response with Status,
	// Header and Body, and the server does not receive the request.
	Status int
	Header map[string]string
	Body   string
}

func (rd *road) handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		t := rd.pass(r)
		switch {
		case t.Drop == "request":
			panic(http.ErrAbortHandler)
		case t.Drop == "reply":
			next.ServeHTTP(nowhere{}, r)
			panic(http.ErrAbortHandler)
		case t.Status != 0:
			io.Copy(io.Discard, r.Body)
			for name, value := range t.Header {
				w.Header().Set(name, value)
			}
			w.WriteHeader(t.Status)
			io.WriteString(w, t.Body)
		default:
			next.ServeHTTP(w, r)
		}
	})
}

type nowhere struct{}

func (nowhere) Header() http.Header         { return http.Header{} }
func (nowhere) Write(b []byte) (int, error) { return len(b), nil }
func (nowhere) WriteHeader(int)             {}

func (rd *road) pass(r *http.Request) trouble {
	rd.mu.Lock()
	defer rd.mu.Unlock()
	rd.calls[r.Method+" "+r.URL.Path]++
	for i, t := range rd.troubles {
		if t.Path == "" || t.Path == r.URL.Path {
			if !t.Always {
				rd.troubles = append(rd.troubles[:i:i], rd.troubles[i+1:]...)
			}
			return t
		}
	}
	return trouble{}
}

func (rd *road) set(w http.ResponseWriter, r *http.Request) {
	var list []trouble
	if err := json.NewDecoder(r.Body).Decode(&list); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	rd.mu.Lock()
	defer rd.mu.Unlock()
	rd.troubles = list
}

func (rd *road) counts() map[string]int {
	rd.mu.Lock()
	defer rd.mu.Unlock()
	calls := make(map[string]int, len(rd.calls))
	for name, n := range rd.calls {
		calls[name] = n
	}
	return calls
}
