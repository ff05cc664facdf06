package wxauth_test

import (
	"context"
	"crypto/tls"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"net/http"
	"net/http/httptrace"
	"net/http/httputil"
	"net/textproto"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
)

// watch records text that an application can see, for example in logs, errors and traces.
// It searches this text for secrets.
type watch struct {
	mu    sync.Mutex
	seen  map[string]*strings.Builder // maps a place, such as "JSON log", to the text recorded there
	parts map[int]map[string]string   // parts[n] maps parts of n bytes to names such as "AppSecret, in hex"
}

func newWatch() *watch {
	return &watch{seen: make(map[string]*strings.Builder), parts: make(map[int]map[string]string)}
}

func (w *watch) add(where, text string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.seen[where] == nil {
		w.seen[where] = new(strings.Builder)
	}
	w.seen[where].WriteString(text + "\n")
}

func (w *watch) print(where string, values ...any) {
	for _, v := range values {
		w.add(where, fmt.Sprintf("%v\n%+v\n%#v\n%q\n%x", v, v, v, v, v))
	}
}

// standardLog records the output of package log, because net/http uses package log by
// default.
func (w *watch) standardLog(t *testing.T) {
	before := log.Writer()
	log.SetOutput(place{w, "standard log"})
	t.Cleanup(func() { log.SetOutput(before) })
}

type place struct {
	*watch
	where string
}

func (p place) Write(b []byte) (int, error) {
	p.add(p.where, string(b))
	return len(b), nil
}

// secret makes w.found search for a secret and its encodings. w.found searches for parts of
// 12 or 24 bytes, because a shorter part could appear by chance.
func (w *watch) secret(name, text string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	look := func(form, text string, window int) {
		if w.parts[window] == nil {
			w.parts[window] = make(map[string]string)
		}
		for i := 0; i+window <= len(text); i++ {
			if part := text[i : i+window]; w.parts[window][part] == "" {
				w.parts[window][part] = name + form
			}
		}
	}
	look("", text, 12)
	look(", escaped", url.QueryEscape(text), 12)
	look(", quoted", strings.Trim(fmt.Sprintf("%q", text), `"`), 12)
	raw := map[string][]byte{"": []byte(text)}
	if b, err := base64.StdEncoding.DecodeString(text); err == nil {
		raw[", decoded"] = b
		look(", decoded", string(b), 12)
	}
	for form, b := range raw {
		look(form+", in hex", hex.EncodeToString(b), 24)
		look(form+", in HEX", strings.ToUpper(hex.EncodeToString(b)), 24)
		look(form+", in base64", base64.RawStdEncoding.EncodeToString(b), 12)
		look(form+", in base64url", base64.RawURLEncoding.EncodeToString(b), 12)
		look(form+", as bytes", strings.Trim(fmt.Sprint(b), "[]"), 24)
		look(form+", as Go bytes", strings.TrimSuffix(strings.TrimPrefix(fmt.Sprintf("%#v", b), "[]byte{"), "}"), 24)
	}
}

func (w *watch) found() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var found []string
	for where, seen := range w.seen {
		all := seen.String()
		told := make(map[string]bool)
		for window, parts := range w.parts {
			for i := 0; i+window <= len(all); i++ {
				name, ok := parts[all[i:i+window]]
				if ok && !told[name] {
					told[name] = true
					found = append(found, fmt.Sprintf("%s shows the %s: …%q…", where, name, all[max(0, i-60):min(len(all), i+60)]))
				}
			}
		}
	}
	slices.Sort(found)
	return found
}

func (w *watch) check(t *testing.T) {
	t.Helper()
	for _, text := range w.found() {
		t.Error(text)
	}
}

func (w *watch) chain(where string, err error) {
	if err == nil {
		return
	}
	if _, ok := err.(*errEcho); ok {
		return // an errEcho quotes store keys and values on purpose
	}
	w.print(where, err)
	w.deep(where, err)
	switch e := err.(type) {
	case interface{ Unwrap() error }:
		w.chain(where, e.Unwrap())
	case interface{ Unwrap() []error }:
		for _, err := range e.Unwrap() {
			w.chain(where, err)
		}
	}
}

func (w *watch) instrument(base http.RoundTripper) http.RoundTripper {
	return roundTripper(func(r *http.Request) (*http.Response, error) {
		w.request(r)
		resp, err := base.RoundTrip(r)
		w.request(r)
		w.response(resp)
		w.chain("Instrument's error", err)
		return resp, err
	})
}

// request records a request in several forms in which a transport could log it.
func (w *watch) request(r *http.Request) {
	const where = "Instrument's request"
	dump, err := httputil.DumpRequestOut(r, true)
	w.add(where, fmt.Sprintf("%s %v", dump, err))
	w.print(where, r.URL, *r.URL, r.Header, r.Host, r.RequestURI, r.Form, r.PostForm, r.Trailer)
	w.print("Instrument's context", r.Context())
	w.deep(where, r)
}

func (w *watch) response(resp *http.Response) {
	if resp == nil {
		return
	}
	const where = "Instrument's response"
	dump, err := httputil.DumpResponse(resp, true)
	w.add(where, fmt.Sprintf("%s %v", dump, err))
	w.print(where, resp.Status, resp.Header, resp.Trailer)
	location, err := resp.Location()
	w.print(where, location, err, resp.Request.URL, resp.TLS)
	w.deep(where, resp)
}

func (w *watch) trace(ctx context.Context) context.Context {
	tell := func(v ...any) { w.print("httptrace", v...) }
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn:              func(hostPort string) { tell(hostPort) },
		GotConn:              func(i httptrace.GotConnInfo) { tell("conn", i.Conn.RemoteAddr()) },
		PutIdleConn:          func(err error) { tell(err) },
		GotFirstResponseByte: func() { tell("first byte") },
		Got100Continue:       func() { tell("100") },
		Got1xxResponse: func(code int, h textproto.MIMEHeader) error {
			tell(code, h)
			return nil
		},
		DNSStart:          func(i httptrace.DNSStartInfo) { tell(i) },
		DNSDone:           func(i httptrace.DNSDoneInfo) { tell(i) },
		ConnectStart:      func(network, addr string) { tell(network, addr) },
		ConnectDone:       func(network, addr string, err error) { tell(network, addr, err) },
		TLSHandshakeStart: func() { tell("TLS") },
		TLSHandshakeDone:  func(s tls.ConnectionState, err error) { tell(s.ServerName, s.NegotiatedProtocol, err) },
		WroteHeaderField:  func(key string, value []string) { tell(key, value) },
		WroteHeaders:      func() { tell("headers") },
		Wait100Continue:   func() { tell("wait 100") },
		WroteRequest:      func(i httptrace.WroteRequestInfo) { tell(i) },
	})
}

func (w *watch) logger() *slog.Logger {
	all := &slog.HandlerOptions{Level: slog.LevelDebug - 100, AddSource: true}
	return slog.New(logs{w, []slog.Handler{
		slog.NewJSONHandler(place{w, "JSON log"}, all),
		slog.NewTextHandler(place{w, "text log"}, all),
	}})
}

type logs struct {
	*watch
	to []slog.Handler
}

func (l logs) Enabled(context.Context, slog.Level) bool { return true }
func (l logs) WithAttrs([]slog.Attr) slog.Handler       { return l }
func (l logs) WithGroup(string) slog.Handler            { return l }

func (l logs) Handle(ctx context.Context, r slog.Record) error {
	// Some error trackers also record the errors that a logged error wraps.
	r.Attrs(func(a slog.Attr) bool {
		if err, ok := a.Value.Any().(error); ok {
			l.chain("logged error", err)
		}
		return true
	})
	var errs []error
	for _, h := range l.to {
		errs = append(errs, h.Handle(ctx, r))
	}
	return errors.Join(errs...)
}

func (w *watch) deep(where string, v any) {
	var b strings.Builder
	walk(&b, reflect.ValueOf(v), make(map[uintptr]bool))
	w.add(where+" (by reflection)", b.String())
}

// walk writes strings and byte slices in v to b.
func walk(b *strings.Builder, v reflect.Value, seen map[uintptr]bool) {
	switch v.Kind() {
	case reflect.String:
		b.WriteString(v.String() + "\n")
	case reflect.Pointer:
		// This case skips an http.Server, because its fields change while it runs and do
		// not belong to wxauth. It also skips an errEcho, because an errEcho quotes store
		// keys and values on purpose.
		if v.IsNil() || seen[v.Pointer()] || v.Type() == reflect.TypeFor[*http.Server]() || v.Type() == reflect.TypeFor[*errEcho]() {
			return
		}
		seen[v.Pointer()] = true
		walk(b, v.Elem(), seen)
	case reflect.Interface:
		if !v.IsNil() {
			walk(b, v.Elem(), seen)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			switch name := v.Type().Field(i).Name; {
			case v.Type().PkgPath() != "context":
			case name == "Context" || name == "cancelCtx" || name == "c" || name == "key" || name == "val":
			default: // skips the internal state of a context, because this state can change concurrently
				continue
			}
			walk(b, v.Field(i), seen)
		}
	case reflect.Slice, reflect.Array:
		if v.Kind() == reflect.Slice && v.Type().Elem().Kind() == reflect.Uint8 {
			b.Write(v.Bytes())
			b.WriteByte('\n')
			return
		}
		for i := range v.Len() {
			walk(b, v.Index(i), seen)
		}
	case reflect.Map:
		for it := v.MapRange(); it.Next(); {
			walk(b, it.Key(), seen)
			walk(b, it.Value(), seen)
		}
	}
}
