package wxauth_test

import (
	"encoding/gob"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/google/go-cmp/cmp"

	"example.com/wxlogin/stores"
	"example.com/wxlogin/wxauth"
)

// jsonCodec decodes an int as a float64.
type jsonCodec struct{}

type jsonSession struct {
	Deadline time.Time
	Values   map[string]any
}

func (jsonCodec) Encode(deadline time.Time, values map[string]any) ([]byte, error) {
	return json.Marshal(jsonSession{deadline, values})
}

func (jsonCodec) Decode(b []byte) (time.Time, map[string]any, error) {
	var s jsonSession
	err := json.Unmarshal(b, &s)
	return s.Deadline, s.Values, err
}

var codecs = map[string]scs.Codec{"Codec": stores.Codec{}, "GobCodec": scs.GobCodec{}, "JSON": jsonCodec{}}

type shared struct {
	*testing.T
	auth     *wxauth.Auth
	sessions *scs.SessionManager
	store    *testStore
	token    string
}

func newShared(t *testing.T, codec scs.Codec) *shared {
	s := &shared{T: t, store: newTestStore()}
	s.sessions = sessionsIn(s.store)
	s.sessions.Codec = codec
	auth, wechat := newAuth(t, wxauth.Config{Sessions: s.sessions})
	s.auth = auth
	s.token = login(t, auth, wechat.Phone(appID, openID))
	return s
}

func (s *shared) do(f func(r *http.Request)) *httptest.ResponseRecorder {
	return serve(s.auth.LoadAndSave(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { f(r) })), "POST", "/", s.token, "")
}

func (s *shared) data() map[string]string {
	data := make(map[string]string)
	s.do(func(r *http.Request) {
		for _, key := range s.sessions.Keys(r.Context()) {
			if key != "wxauth.identity" {
				data[key] = fmt.Sprint(s.sessions.Get(r.Context(), key))
			}
		}
	})
	return data
}

func (s *shared) want(want map[string]string) {
	s.Helper()
	if diff := cmp.Diff(want, s.data()); diff != "" {
		s.Errorf("session data (-want +got):\n%s", diff)
	}
}

func eachCodec(t *testing.T, test func(*shared)) {
	for name, codec := range codecs {
		t.Run(name, func(t *testing.T) { test(newShared(t, codec)) })
	}
}

func TestRequestsAtOnceKeepAllKeys(t *testing.T) {
	eachCodec(t, func(s *shared) {
		want := make(map[string]string)
		var loaded, done sync.WaitGroup
		loaded.Add(8)
		for i := range 8 {
			key := fmt.Sprint("key", i)
			want[key] = fmt.Sprint(i)
			done.Go(func() {
				s.do(func(r *http.Request) {
					loaded.Done()
					loaded.Wait()
					s.sessions.Put(r.Context(), key, i)
				})
			})
		}
		done.Wait()
		s.want(want)
	})
}

// TestSaveAfterAnotherRequest checks two requests that load the same session. The later
// save must keep the changes of the earlier save, except for keys that both requests have
// changed.
func TestSaveAfterAnotherRequest(t *testing.T) {
	gob.Register(map[string]any{})
	type step func(s *shared, r *http.Request)
	put := func(key string, v any) step {
		return func(s *shared, r *http.Request) { s.sessions.Put(r.Context(), key, v) }
	}
	remove := func(key string) step {
		return func(s *shared, r *http.Request) { s.sessions.Remove(r.Context(), key) }
	}
	both := func(a, b step) step {
		return func(s *shared, r *http.Request) { a(s, r); b(s, r) }
	}
	for name, test := range map[string]struct {
		before, during, mine step
		want                 map[string]string
	}{
		"another key":                {put("a", 1), put("b", 2), put("c", 3), map[string]string{"a": "1", "b": "2", "c": "3"}},
		"the same key":               {put("a", 1), put("a", 2), put("a", 3), map[string]string{"a": "3"}},
		"removed by the other":       {both(put("a", 1), put("b", 1)), remove("a"), put("c", 3), map[string]string{"b": "1", "c": "3"}},
		"removed by this one":        {both(put("a", 1), put("b", 1)), put("c", 3), remove("a"), map[string]string{"b": "1", "c": "3"}},
		"removed by both":            {put("a", 1), remove("a"), remove("a"), map[string]string{}},
		"removed here, changed":      {put("a", 1), put("a", 2), remove("a"), map[string]string{}},
		"changed here, removed":      {put("a", 1), remove("a"), put("a", 2), map[string]string{"a": "2"}},
		"put as it was":              {both(put("a", 1), put("b", 1)), put("a", 2), both(put("a", 1), put("b", 2)), map[string]string{"a": "2", "b": "2"}},
		"a whole number as a float":  {both(put("a", 1), put("b", 1)), put("a", 2), both(put("a", 1), put("b", 1.5)), map[string]string{"a": "2", "b": "1.5"}},
		"a text put as it was":       {both(put("a", "x"), put("b", 1)), put("a", "y"), both(put("a", "x"), put("b", 2)), map[string]string{"a": "y", "b": "2"}},
		"a map put as it was":        {both(put("a", counts(1)), put("b", 1)), put("a", counts(2)), both(put("a", counts(1)), put("b", 2)), map[string]string{"a": fmt.Sprint(counts(2)), "b": "2"}},
		"nothing changed, all saved": {put("a", 1), put("b", 2), put("a", 1), map[string]string{"a": "1", "b": "2"}},
	} {
		t.Run(name, func(t *testing.T) {
			eachCodec(t, func(s *shared) {
				s.do(func(r *http.Request) { test.before(s, r) })
				s.do(func(r *http.Request) {
					s.do(func(r *http.Request) { test.during(s, r) })
					test.mine(s, r)
				})
				s.want(test.want)
			})
		})
	}
}

// gob encodes the keys of this map in random order, so two encodings can differ.
func counts(n int) map[string]any {
	m := make(map[string]any)
	for _, key := range strings.Split("abcdefgh", "") {
		m[key] = n
	}
	return m
}

// TestNaNPutAsItWas checks that a Put of the stored NaN is not a change, although a NaN
// does not equal itself.
func TestNaNPutAsItWas(t *testing.T) {
	for name, codec := range map[string]scs.Codec{"Codec": stores.Codec{}, "GobCodec": scs.GobCodec{}} {
		t.Run(name, func(t *testing.T) {
			s := newShared(t, codec)
			put := func(a float64) func(r *http.Request) {
				return func(r *http.Request) { s.sessions.Put(r.Context(), "a", a) }
			}
			s.do(put(math.NaN()))
			s.do(func(r *http.Request) {
				s.do(put(1.5))
				put(math.NaN())(r)
				s.sessions.Put(r.Context(), "b", 1)
			})
			s.want(map[string]string{"a": "1.5", "b": "1"})
		})
	}
}

// TestSaveTwiceAroundAnotherRequest checks that a request that saves several times does not
// overwrite the key that other requests change.
func TestSaveTwiceAroundAnotherRequest(t *testing.T) {
	eachCodec(t, func(s *shared) {
		save := func(r *http.Request) {
			if err := s.auth.Save(r.Context()); err != nil {
				s.Error(err)
			}
		}
		s.do(func(r *http.Request) {
			s.do(func(r *http.Request) { s.sessions.Put(r.Context(), "theirs", 1) })
			s.sessions.Put(r.Context(), "mine", 1)
			save(r)
			s.do(func(r *http.Request) { s.sessions.Put(r.Context(), "theirs", 2) })
			s.sessions.Put(r.Context(), "mine", 2)
			save(r)
			s.sessions.Put(r.Context(), "mine", 3)
		})
		s.want(map[string]string{"theirs": "2", "mine": "3"})
	})
}

func TestSaveOperations(t *testing.T) {
	for name, test := range map[string]struct {
		do          func(s *shared, r *http.Request)
		swap, plain string
	}{
		"nothing": {func(*shared, *http.Request) {}, "find", "find"},
		"a read":  {func(s *shared, r *http.Request) { s.sessions.Get(r.Context(), "a") }, "find", "find"},
		"a put":   {func(s *shared, r *http.Request) { s.sessions.Put(r.Context(), "a", 2) }, "find swap", "find find commit"},
		"a put, saved, no more": {func(s *shared, r *http.Request) {
			s.sessions.Put(r.Context(), "a", 2)
			s.auth.Save(r.Context())
		}, "find swap", "find find commit"},
		"two puts, saved twice": {func(s *shared, r *http.Request) {
			s.sessions.Put(r.Context(), "a", 2)
			s.auth.Save(r.Context())
			s.sessions.Put(r.Context(), "a", 3)
			s.auth.Save(r.Context())
		}, "find swap swap", "find find commit find commit"},
		"after another save": {func(s *shared, r *http.Request) {
			s.store.memory.Commit(storeKey(s.token), s.encoded("b"), time.Now().Add(time.Hour))
			s.sessions.Put(r.Context(), "a", 2)
		}, "find swap find swap", "find find commit"},
	} {
		for view := range views {
			t.Run(name+", "+view, func(t *testing.T) {
				s := newShared(t, stores.Codec{})
				s.sessions.Store = views[view](s.store)
				s.do(func(r *http.Request) { s.sessions.Put(r.Context(), "a", 1) })
				s.store.set(nil)
				s.do(func(r *http.Request) { test.do(s, r) })
				want := test.plain
				if view == "swapping" {
					want = test.swap
				}
				if got := s.store.list(); got != want {
					t.Errorf("operations %q, want %q", got, want)
				}
			})
		}
	}
}

// TestDeadlineIsWritten checks that a changed deadline is saved, even if the old and the
// new encoding of the session contain the same bytes in another order.
func TestDeadlineIsWritten(t *testing.T) {
	s := newShared(t, stores.Codec{})
	hour := time.Now().Add(time.Hour).Truncate(time.Second)
	for _, deadline := range []time.Time{hour.Add(0x0102), hour.Add(0x0201)} {
		s.do(func(r *http.Request) { s.sessions.SetDeadline(r.Context(), deadline) })
		if got, _, err := s.sessions.Codec.Decode(s.raw()); err != nil || !got.Equal(deadline) {
			t.Errorf("stored with the deadline %v, %v, want %v", got, err, deadline)
		}
	}
}

// TestPutAsItWasIsNotWritten checks that a Put of the stored values writes nothing, even if
// the codec encodes the keys in another order. An exchange of two values is a change and
// must be written.
func TestPutAsItWasIsNotWritten(t *testing.T) {
	eachCodec(t, func(s *shared) {
		put := func(r *http.Request) {
			for i := range 8 {
				s.sessions.Put(r.Context(), fmt.Sprint("key", i), i)
			}
		}
		s.do(put)
		s.store.set(nil)
		s.do(put)
		if got := s.store.list(); got != "find" {
			s.Errorf("operations %q, want %q", got, "find")
		}
		s.do(func(r *http.Request) {
			put(r)
			s.sessions.Put(r.Context(), "key1", 2)
			s.sessions.Put(r.Context(), "key2", 1)
		})
		if got := s.store.list(); got != "find find swap" {
			s.Errorf("two values changed places: operations %q, want %q", got, "find find swap")
		}
	})
}

func (s *shared) raw() []byte {
	b, _, _ := s.store.memory.Find(storeKey(s.token))
	return b
}

func (s *shared) encoded(key string) []byte {
	deadline, values, err := s.sessions.Codec.Decode(s.raw())
	if err != nil {
		s.Fatal(err)
	}
	values[key] = time.Now().UnixNano()
	b, err := s.sessions.Codec.Encode(deadline, values)
	if err != nil {
		s.Fatal(err)
	}
	return b
}

// TestEarlierDeadlineWins checks that the earlier deadline is stored if two overlapping
// requests set different deadlines.
func TestEarlierDeadlineWins(t *testing.T) {
	for name, mineFirst := range map[string]bool{"this request's": true, "the other's": false} {
		t.Run(name, func(t *testing.T) {
			s := newShared(t, stores.Codec{})
			soon, later := time.Now().Add(time.Hour), time.Now().Add(2*time.Hour)
			theirs, mine := soon, later
			if mineFirst {
				theirs, mine = later, soon
			}
			s.do(func(r *http.Request) {
				s.do(func(r *http.Request) { s.sessions.SetDeadline(r.Context(), theirs) })
				s.sessions.SetDeadline(r.Context(), mine)
			})
			if deadline, _, err := s.sessions.Codec.Decode(s.raw()); err != nil || !deadline.Equal(soon) {
				t.Errorf("deadline %v, %v, want %v", deadline, err, soon)
			}
		})
	}
}

// TestSaveAfterTheLoginEnded checks that a save does not bring back a login that another
// request has ended.
func TestSaveAfterTheLoginEnded(t *testing.T) {
	for name, end := range map[string]func(s *shared, r *http.Request){
		"Clear":   func(s *shared, r *http.Request) { s.sessions.Clear(r.Context()) },
		"Destroy": func(s *shared, r *http.Request) { s.sessions.Destroy(r.Context()) },
		"Logout":  func(s *shared, r *http.Request) { s.auth.Logout(r) },
		"Clear under scs's middleware": func(s *shared, r *http.Request) {
			clear := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { s.sessions.Clear(r.Context()) })
			serveCookie(s.sessions.LoadAndSave(clear), "POST", "/", s.token, "", "")
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newShared(t, stores.Codec{})
			var err error
			w := s.do(func(r *http.Request) {
				s.do(func(r *http.Request) { end(s, r) })
				s.sessions.Put(r.Context(), "a", 1)
				err = s.auth.Save(r.Context())
				s.store.set(nil)
				s.sessions.Put(r.Context(), "a", 2)
				if err := s.auth.Save(r.Context()); errorCode(err) != wxauth.CodeNotLoggedIn || s.store.list() != "" {
					t.Errorf("the second Save: %v, operations %q, want none", err, s.store.list())
				}
			})
			if code := errorCode(err); code != wxauth.CodeNotLoggedIn || w.Code != 200 {
				t.Errorf("Save: %v; reply %d", err, w.Code)
			}
			if w := s.do(func(*http.Request) {}); w.Code != 401 {
				t.Errorf("afterwards the token gets %d", w.Code)
			}
			want := map[string]int{"Clear under scs's middleware": 1}[name] // scs's middleware saves the cleared session
			if n := s.store.logins(t); n != want {
				t.Errorf("afterwards there are %d sessions, want %d", n, want)
			}
		})
	}
}

func TestSaveOutsideLoadAndSave(t *testing.T) {
	auth, _ := newAuth(t, wxauth.Config{})
	if err := auth.Save(background); errorCode(err) != wxauth.CodeInternal {
		t.Errorf("got %v", err)
	}
}

// TestSaveOfDataThatCannotBeEncoded checks the event of a save that fails because the codec
// cannot encode a value.
func TestSaveOfDataThatCannotBeEncoded(t *testing.T) {
	b := newBeside(t)
	token := login(t, b.auth, b.wechat.Phone(appID, openID))
	b.events = nil
	serve(recovers(b.auth.LoadAndSave(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b.sessions.Put(r.Context(), "f", func() {})
	}))), "POST", "/", token, "")
	want := []wxauth.Event{{Name: wxauth.EventSave, AppID: appID, Outcome: wxauth.CodeInternal}}
	if diff := cmp.Diff(want, b.events, whatever); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}
