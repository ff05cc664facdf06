package storetest

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"
)

// newKey returns a key in the form of an scs token.
func newKey() string {
	b := make([]byte, 32)
	rand.Read(b)
	return base64.RawURLEncoding.EncodeToString(b)
}

func hour() time.Time { return time.Now().Add(time.Hour) }

func find(t *testing.T, s scs.Store, key string) (value string, found bool) {
	t.Helper()
	b, found, err := s.Find(key)
	if err != nil {
		t.Errorf("Find: %v", err)
	}
	return string(bytes.Clone(b)), found
}

func present(t *testing.T, s scs.Store, key, want string) {
	t.Helper()
	if value, found := find(t, s, key); !found || value != want {
		t.Errorf("found %.100q, %t; want %.100q", value, found, want)
	}
}

func absent(t *testing.T, s scs.Store, key string) {
	t.Helper()
	if value, found := find(t, s, key); found {
		t.Errorf("found %.100q under %.100q, which must be absent", value, key)
	}
}

// awaitAbsence fails the test if the key is absent before expiry, or present more than two
// seconds after expiry. The two seconds are for stores that round the expiry up to a full
// second.
func awaitAbsence(t *testing.T, s scs.Store, key string, expiry time.Time) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		now := time.Now()
		if _, found := find(t, s, key); !found {
			if now = time.Now(); now.Before(expiry) {
				t.Errorf("absent %v before it expires", expiry.Sub(now))
			}
			return
		}
		if now.After(expiry.Add(2 * time.Second)) {
			t.Fatalf("still found %v after it expired", now.Sub(expiry))
		}
		<-tick.C
	}
}

func commit(t *testing.T, s scs.Store, key, value string, expiry time.Time) {
	t.Helper()
	if err := s.Commit(key, []byte(value), expiry); err != nil {
		t.Errorf("Commit: %v", err)
	}
}

func remove(t *testing.T, s scs.Store, key string) {
	t.Helper()
	if err := s.Delete(key); err != nil {
		t.Errorf("Delete: %v", err)
	}
}
