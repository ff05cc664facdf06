package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// arrow is one line of the page's diagram: a request, a reply, or what the
// server does by itself.
type arrow struct {
	ID       int      `json:"id"`
	Exchange int      `json:"exchange"` // the same for a request and its reply
	From     lane     `json:"from"`
	To       lane     `json:"to"`
	Op       string   `json:"op"`    // such as "POST /login"
	Reply    bool     `json:"reply"` // or a request
	Title    string   `json:"title"`
	Failed   bool     `json:"failed"`            // a reply that says no
	Carries  []string `json:"carries,omitempty"` // the names of what travels
	Text     string   `json:"text"`              // the message itself, blacked out
	Device   string   `json:"device"`            // which phone of the page; "" for another client

	visitor string // who may see it; "" for everybody
}

type lane string

const (
	phoneLane  lane = "phone"
	serverLane lane = "server"
	wechatLane lane = "wechat"
)

// watch has the arrows for whoever watches.
type watch struct {
	mu        sync.Mutex
	arrows    []arrow // the last ones, by ID
	last      int
	exchanges int
	changed   chan struct{} // closed when there are more
	closed    bool
}

// newWatch returns a watch that starts to count at the time, so that a page that
// outlives the server does not mix up arrows of before and after.
func newWatch() *watch {
	now := int(time.Now().UnixMilli())
	return &watch{last: now, exchanges: now, changed: make(chan struct{})}
}

// keptArrows bounds what is remembered.
const keptArrows = 1000

// newExchange numbers a request and its reply.
func (w *watch) newExchange() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.exchanges++
	return w.exchanges
}

func (w *watch) add(arrows ...arrow) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, a := range arrows {
		w.last++
		a.ID = w.last
		w.arrows = append(w.arrows, a)
	}
	w.arrows = w.arrows[max(0, len(w.arrows)-keptArrows):]
	w.wake()
}

func (w *watch) wake() {
	close(w.changed)
	w.changed = make(chan struct{})
}

// close ends all streams, which would keep the server from shutting down.
func (w *watch) close() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.closed = true
	w.wake()
}

// since returns what a visitor may see of the arrows after an ID, and what is
// closed when there is more.
func (w *watch) since(id int, visitor string) (arrows []arrow, last int, changed <-chan struct{}, closed bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, a := range w.arrows {
		if a.ID > id && (a.visitor == "" || a.visitor == visitor) {
			arrows = append(arrows, a)
		}
	}
	return arrows, w.last, w.changed, w.closed
}

// stream sends arrows as server-sent events: those there are, then each as it
// happens. A browser that comes back says which was the last it got.
func (w *watch) stream(rw http.ResponseWriter, r *http.Request) {
	id, _ := strconv.Atoi(r.Header.Get("Last-Event-ID"))
	rw.Header().Set("Content-Type", "text/event-stream")
	rw.Header().Set("Cache-Control", "no-store")
	out := http.NewResponseController(rw)
	out.SetWriteDeadline(time.Time{}) // none: a stream outlives the server's timeout
	for first := true; ; first = false {
		arrows, last, changed, closed := w.since(id, visitorOf(r))
		for _, a := range arrows {
			b, _ := json.Marshal(a)
			fmt.Fprintf(rw, "id: %d\ndata: %s\n\n", a.ID, b)
		}
		if first {
			fmt.Fprint(rw, "event: ready\ndata: .\n\n") // what follows is live
		}
		if id = last; closed || out.Flush() != nil {
			return
		}
		select {
		case <-changed:
		case <-r.Context().Done():
			return
		}
	}
}
