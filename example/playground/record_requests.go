package playground

import (
	"bytes"
	"cmp"
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

// recorder records requests, responses and events as arrows of the page's diagram.
type recorder struct {
	*diagram
	simulated bool // whether WeChat is simulated

	calling sync.Mutex // held during a call to the simulated WeChat
	called  wxtest.Call
}

// exchangeHeader is a response header. Its value is the field Exchange of the request's
// arrow. The page shows the result of the request only after it has drawn all arrows with
// this number, or after eight seconds.
const exchangeHeader = "Playground-Exchange"

// maxShown is the maximum number of bytes that peek and responseRecorder keep of a body.
const maxShown = 16 << 10

// requests returns a handler that passes requests on to mux. It records the requests
// that match a pattern of mux, and their responses.
func (rec *recorder) requests(mux *http.ServeMux) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, op := mux.Handler(r)
		if op == "" {
			mux.ServeHTTP(w, r)
			return
		}
		from := originOf(r)
		r = r.WithContext(withOrigin(r.Context(), from))
		m := request(op, r, peek(r))
		a := arrow{
			Exchange: rec.newExchange(), From: phoneLane, To: serverLane,
			Op: op, Title: op, Text: m.text, Carries: m.carries,
			Device: from.device, visitor: from.visitor,
		}
		rec.add(a)
		w.Header().Set(exchangeHeader, strconv.Itoa(a.Exchange))

		seen := &responseRecorder{ResponseWriter: w}
		defer func() { // also after a panic
			failed := seen.status == 0 || seen.status >= 400
			rec.add(a.answeredBy(seen.title(), failed, rec.response(seen)))
		}()
		mux.ServeHTTP(seen, r)
		seen.status = cmp.Or(seen.status, http.StatusOK) // net/http sends 200 if the handler wrote nothing
	})
}

// peek returns the start of the body of r, or nil if reading fails. After peek, a read
// of r.Body still begins at the start of the body.
func peek(r *http.Request) []byte {
	start, err := io.ReadAll(io.LimitReader(r.Body, maxShown))
	rest := r.Body
	r.Body = struct {
		io.Reader
		io.Closer
	}{io.MultiReader(bytes.NewReader(start), rest), rest}
	if err != nil {
		return nil
	}
	return start
}

// request returns the part of a client's request that the page shows. It replaces all
// values in the query and in the body, because each of them can be a secret.
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
		m.carry("token")
		b.WriteString("Authorization: Bearer " + black + "\n")
	}
	switch {
	case len(body) == 0:
	case mediaType == "application/x-www-form-urlencoded":
		b.WriteString("\n" + m.query(string(body)))
	default:
		b.WriteString("\n" + m.json(body))
	}
	return message{b.String(), m.carries}
}

func (rec *recorder) response(seen *responseRecorder) message {
	m := redactor{shown: []map[string]bool{ofServer}}
	if rec.simulated {
		m.shown = append(m.shown, ofUser)
	}
	if seen.problem() { // the field code of problem details is an error code, not a code of wx.login
		m.shown = append(m.shown, map[string]bool{"code": true})
	}
	if seen.status == 0 {
		return message{text: "The handler panicked before it answered."}
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
	if seen.problem() {
		m.carries = nil
	}
	return message{b.String(), m.carries}
}

type responseRecorder struct {
	http.ResponseWriter
	status int
	body   bytes.Buffer
}

func (w *responseRecorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *responseRecorder) WriteHeader(status int) {
	w.status = cmp.Or(w.status, status)
	w.ResponseWriter.WriteHeader(status)
}

func (w *responseRecorder) Write(b []byte) (int, error) {
	w.status = cmp.Or(w.status, http.StatusOK)
	w.body.Write(b[:min(len(b), maxShown-w.body.Len())])
	return w.ResponseWriter.Write(b)
}

// problem reports whether the response has the Content-Type of problem details (RFC 9457).
func (w *responseRecorder) problem() bool {
	return w.Header().Get("Content-Type") == "application/problem+json"
}

// title returns the title of the response's arrow, such as "200 OK", or "400 invalid_code"
// for problem details. If the handler panicked before it answered, the title is a dash.
func (w *responseRecorder) title() string {
	var problem struct{ Code string }
	switch {
	case w.status == 0:
		return "–"
	case w.problem() && json.Unmarshal(w.body.Bytes(), &problem) == nil:
		return fmt.Sprint(w.status, " ", problem.Code)
	}
	return fmt.Sprint(w.status, " ", http.StatusText(w.status))
}
