package playground

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// arrow is one row of the diagram on the page. It shows a request, a response, or an
// action of the server or of WeChat.
type arrow struct {
	ID       int    `json:"id"`
	Exchange int    `json:"exchange"` // a request and its response have the same number
	From     lane   `json:"from"`
	To       lane   `json:"to"`
	Op       string `json:"op"`     // for example "POST /login"
	Reply    bool   `json:"reply"`  // true only for a response
	Title    string `json:"title"`  // for example "200 OK"
	Failed   bool   `json:"failed"` // true only for a response that reports an error or is missing
	// Carries contains the names that the page draws on the arrow, such as "token".
	Carries []string `json:"carries,omitempty"`
	Text    string   `json:"text"`   // the message without secrets; "" for an action of the server
	Device  string   `json:"device"` // "1" or "2", the page's simulated phone that caused the message; otherwise ""

	// visitor is the value of the cookie that identifies a visitor of the page. Only this
	// visitor sees the arrow. If visitor is "", everybody sees it.
	visitor string
}

type lane string

const (
	phoneLane  lane = "phone"
	serverLane lane = "server"
	wechatLane lane = "wechat"
)

func (a arrow) answeredBy(title string, failed bool, m message) arrow {
	a.From, a.To, a.Reply = a.To, a.From, true
	a.Title, a.Failed, a.Text, a.Carries = title, failed, m.text, m.carries
	return a
}

// diagram keeps the latest arrows and streams them to the open pages.
type diagram struct {
	mu        sync.Mutex
	arrows    []arrow
	last      int
	exchanges int
	changed   chan struct{} // closed when the next arrow is added, or when the diagram is closed
	closed    bool
}

// newDiagram makes arrow.ID and arrow.Exchange count from the current Unix time in
// milliseconds. After a restart of the server, new arrows therefore normally have higher
// IDs than the old arrows on an open page.
func newDiagram() *diagram {
	now := int(time.Now().UnixMilli())
	return &diagram{last: now, exchanges: now, changed: make(chan struct{})}
}

const keptArrows = 1000

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

// wake makes all running calls of the method stream look for changes. The caller holds
// d.mu.
func (d *diagram) wake() {
	close(d.changed)
	d.changed = make(chan struct{})
}

// close tells all running calls of the method stream to end. Otherwise these calls would
// delay the shutdown of the server.
func (d *diagram) close() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.closed = true
	d.wake()
}

// since returns the arrows in memory that the visitor is allowed to see and whose IDs are
// higher than id.
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

// stream sends the arrows that the client is allowed to see, as server-sent events. It
// sends the arrows in memory, then an event "ready", and then the new arrows. A browser
// that reconnects sends the ID of the last arrow that it received. It gets no arrow twice.
func (d *diagram) stream(w http.ResponseWriter, r *http.Request) {
	id, _ := strconv.Atoi(r.Header.Get("Last-Event-ID"))
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	out := http.NewResponseController(w)
	out.SetWriteDeadline(time.Time{}) // no deadline, because the response can last longer than the server's WriteTimeout
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
