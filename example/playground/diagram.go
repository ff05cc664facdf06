package playground

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// arrow is one line of the diagram on the page: a request, a response, or
// something that the server or WeChat does by itself.
type arrow struct {
	ID       int      `json:"id"`
	Exchange int      `json:"exchange"` // the same for a request and its response
	From     lane     `json:"from"`
	To       lane     `json:"to"`
	Op       string   `json:"op"`     // such as "POST /login"
	Reply    bool     `json:"reply"`  // true for a response, false for a request
	Title    string   `json:"title"`  // such as "200 OK"
	Failed   bool     `json:"failed"` // a response that reports an error
	Carries  []string `json:"carries,omitempty"`
	Text     string   `json:"text"`   // the message, redacted
	Device   string   `json:"device"` // the phone of the page; "" for another client

	visitor string // the visitor who sees it; "" for everybody
}

type lane string

const (
	phoneLane  lane = "phone"
	serverLane lane = "server"
	wechatLane lane = "wechat"
)

// answeredBy turns the arrow of a request into the arrow of its response, which has the
// opposite direction.
func (a arrow) answeredBy(title string, failed bool, m message) arrow {
	a.From, a.To, a.Reply = a.To, a.From, true
	a.Title, a.Failed, a.Text, a.Carries = title, failed, m.text, m.carries
	return a
}

// diagram keeps the latest arrows and streams them to all open pages.
type diagram struct {
	mu        sync.Mutex
	arrows    []arrow // in the order of their IDs
	last      int     // the ID of the latest arrow
	exchanges int
	changed   chan struct{} // closed when there is a new arrow
	closed    bool
}

// newDiagram returns an empty diagram. Its numbers start at the current time. So a page
// that stays open during a restart of the server does not confuse old and new arrows.
func newDiagram() *diagram {
	now := int(time.Now().UnixMilli())
	return &diagram{last: now, exchanges: now, changed: make(chan struct{})}
}

// keptArrows limits the memory of a diagram.
const keptArrows = 1000

// newExchange returns a number for a request and its response.
func (d *diagram) newExchange() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.exchanges++
	return d.exchanges
}

func (d *diagram) add(a arrow) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.last++
	a.ID = d.last
	d.arrows = append(d.arrows, a)
	d.arrows = d.arrows[max(0, len(d.arrows)-keptArrows):]
	d.wake()
}

// wake wakes all streams. The caller holds d.mu.
func (d *diagram) wake() {
	close(d.changed)
	d.changed = make(chan struct{})
}

// close ends all streams. An open stream would keep the server from shutting
// down.
func (d *diagram) close() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.closed = true
	d.wake()
}

// since returns the arrows with higher IDs than the given ID that a visitor may see. It
// also returns the ID of the latest arrow, and a channel that is closed when a new
// arrow is added.
func (d *diagram) since(id int, visitor string) (arrows []arrow, last int, changed <-chan struct{}, closed bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, a := range d.arrows {
		if a.ID > id && (a.visitor == "" || a.visitor == visitor) {
			arrows = append(arrows, a)
		}
	}
	return arrows, d.last, d.changed, d.closed
}

// stream sends arrows as server-sent events: first the past arrows, then an event
// "ready", then each new arrow. A browser that reconnects sends the ID of its latest
// arrow and gets the later arrows.
func (d *diagram) stream(w http.ResponseWriter, r *http.Request) {
	id, _ := strconv.Atoi(r.Header.Get("Last-Event-ID"))
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	out := http.NewResponseController(w)
	out.SetWriteDeadline(time.Time{}) // a stream lasts longer than the server's WriteTimeout
	for first := true; ; first = false {
		arrows, last, changed, closed := d.since(id, visitorOf(r))
		for _, a := range arrows {
			b, _ := json.Marshal(a)
			fmt.Fprintf(w, "id: %d\ndata: %s\n\n", a.ID, b)
		}
		if first {
			fmt.Fprint(w, "event: ready\ndata: .\n\n")
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
