package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"example.com/wxlogin/wxauth/wxtest"
)

// recorder tells a watch of the requests of phones, and of those to WeChat.
type recorder struct {
	*watch
	simulated bool

	calling sync.Mutex // held during a call of the simulated WeChat
	called  wxtest.Call
}

// origin is whose doing something is: a visitor's and his phone's, "1" or "2".
// Both are empty for a client that is not the page.
type origin struct{ visitor, device string }

func originOf(r *http.Request) origin {
	by := origin{visitorOf(r), r.Header.Get("Demo-Phone")}
	if by.visitor == "" || by.device != "1" && by.device != "2" {
		by.device = ""
	}
	return by
}

// originKey is where a request's context has its origin.
type originKey struct{}

func originIn(ctx context.Context) origin {
	by, _ := ctx.Value(originKey{}).(origin)
	return by
}

// maxShown is how much of a body is looked at.
const maxShown = 16 << 10

// requests records the requests that mux has a handler for, and their replies.
func (rec *recorder) requests(mux *http.ServeMux) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, op := mux.Handler(r)
		if op == "" {
			mux.ServeHTTP(w, r)
			return
		}
		by := originOf(r)
		r = r.WithContext(context.WithValue(r.Context(), originKey{}, by))

		body, err := io.ReadAll(io.LimitReader(r.Body, maxShown))
		rest := r.Body
		r.Body = struct {
			io.Reader
			io.Closer
		}{io.MultiReader(bytes.NewReader(body), rest), rest}
		if err != nil {
			body = nil
		}
		m := request(op, r, body)
		a := arrow{
			Exchange: rec.newExchange(), From: phoneLane, To: serverLane,
			Op: op, Title: op, Text: m.text, Carries: m.carries,
			Device: by.device, visitor: by.visitor,
		}
		rec.add(a)
		// So that the page knows which reply it waits for.
		w.Header().Set("Demo-Exchange", strconv.Itoa(a.Exchange))

		seen := &replyRecorder{ResponseWriter: w}
		defer func() {
			m := rec.reply(seen)
			a.From, a.To, a.Reply = a.To, a.From, true
			a.Title, a.Text, a.Carries, a.Failed = seen.title(), m.text, m.carries, seen.status >= 400
			rec.add(a)
		}()
		mux.ServeHTTP(seen, r)
	})
}

// ofUser are the fields of replies that are a user's own, to be shown if the
// user is a simulated one.
var ofUser = map[string]bool{"user": true, "visits": true, "steps": true, "phone": true, "ended": true}

// request returns what is shown of a phone's request.
func request(op string, r *http.Request, body []byte) message {
	var m redactor
	var b strings.Builder
	b.WriteString(op)
	if r.URL.RawQuery != "" {
		b.WriteString("?" + m.query(r.URL.RawQuery))
	}
	b.WriteString(" HTTP/1.1\n")
	mediaType, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if mediaType == "application/json" || mediaType == "application/x-www-form-urlencoded" {
		b.WriteString("Content-Type: " + mediaType + "\n")
	}
	if r.Header.Get("Authorization") != "" {
		m.note("token")
		b.WriteString("Authorization: Bearer " + black + "\n")
	}
	switch {
	case len(body) == 0:
	case mediaType == "application/x-www-form-urlencoded":
		b.WriteString("\n" + m.query(string(body)))
	default:
		b.WriteString("\n" + m.json(body))
	}
	m.text = b.String()
	return m.message
}

// reply returns what is shown of the server's reply.
func (rec *recorder) reply(seen *replyRecorder) message {
	m := redactor{shown: []map[string]bool{harmless}}
	if rec.simulated {
		m.shown = append(m.shown, ofUser)
	}
	if seen.problem() {
		m.shown = append(m.shown, map[string]bool{"code": true})
	}
	var b strings.Builder
	fmt.Fprintf(&b, "HTTP/1.1 %d %s\n", seen.status, http.StatusText(seen.status))
	for _, name := range []string{"Content-Type", "Cache-Control", "Www-Authenticate", "Retry-After"} {
		if v := seen.Header().Get(name); v != "" {
			b.WriteString(name + ": " + v + "\n")
		}
	}
	if seen.body.Len() > 0 {
		b.WriteString("\n" + m.json(seen.body.Bytes()))
	}
	m.text = b.String()
	if seen.problem() {
		m.carries = nil
	}
	return m.message
}

// replyRecorder keeps what is written through it.
type replyRecorder struct {
	http.ResponseWriter
	status int
	body   bytes.Buffer
}

func (w *replyRecorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *replyRecorder) WriteHeader(status int) {
	w.status = cmp.Or(w.status, status)
	w.ResponseWriter.WriteHeader(status)
}

func (w *replyRecorder) Write(b []byte) (int, error) {
	w.status = cmp.Or(w.status, http.StatusOK)
	w.body.Write(b[:min(len(b), maxShown-w.body.Len())])
	return w.ResponseWriter.Write(b)
}

func (w *replyRecorder) problem() bool {
	return w.Header().Get("Content-Type") == "application/problem+json"
}

// title is the status, and of a problem its code.
func (w *replyRecorder) title() string {
	var problem struct{ Code string }
	switch {
	case w.status == 0:
		return "–" // the handler gave up
	case w.problem() && json.Unmarshal(w.body.Bytes(), &problem) == nil:
		return fmt.Sprint(w.status, " ", problem.Code)
	}
	return fmt.Sprint(w.status, " ", http.StatusText(w.status))
}
