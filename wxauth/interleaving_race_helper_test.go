package wxauth_test

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"example.com/wxlogin/stores"
	"example.com/wxlogin/wxauth"
)

// settle checks that the tokens that work, the logins that Auth.Logins returns, and the
// stored sessions agree.
func (f *fleet) settle(tokens []string) error {
	live := make(map[string]bool) // the LoginIDs of the tokens that work
	for _, token := range tokens {
		id, err := f.observer.Authenticate(background, token)
		if err != nil {
			continue
		}
		if live[id.LoginID] {
			return errors.New("two tokens of one login work")
		}
		live[id.LoginID] = true
	}
	listed, err := f.observer.Logins(background, alice)
	if err != nil {
		return err
	}
	for _, l := range listed {
		if !live[l.LoginID] {
			return errors.New("a login is listed, and no client has a token of it")
		}
	}
	if len(listed) != len(live) {
		return fmt.Errorf("%d logins are listed, and %d tokens work", len(listed), len(live))
	}
	if n := f.stored(); n != len(live) {
		return fmt.Errorf("%d sessions are stored, and %d tokens work", n, len(live))
	}
	if f.unfinished() {
		return errors.New("a login that was ended or renewed is left in the user record")
	}
	return nil
}

func (f *fleet) revokeAll(tokens []string) error {
	if _, err := f.observer.Revoke(background, alice, ""); err != nil {
		return err
	}
	for _, token := range tokens {
		if _, refused := f.observer.reason(token); !refused {
			return errors.New("a token works after Revoke")
		}
	}
	if n := f.stored(); n > 0 {
		return fmt.Errorf("%d sessions are stored after Revoke", n)
	}
	return nil
}

// stored counts the sessions in the store. The store keys of all other values begin with
// a semicolon.
func (f *fleet) stored() (n int) {
	all, _ := f.observer.gate.memory.All()
	for key := range all {
		if key[0] != ';' {
			n++
		}
	}
	return n
}

// unfinished reports whether the user record (see userrecord.go) still has an E line, for
// an ended login, or an M line, for the old session of a renewed login.
func (f *fleet) unfinished() bool {
	all, _ := f.observer.gate.memory.All()
	for key, b := range all {
		if strings.HasPrefix(key, ";u") {
			text, _, _ := stores.Codec{}.LookupString(b, "wxauth.user")
			return strings.Contains(text, "\nE ") || strings.Contains(text, "\nM ")
		}
	}
	return false
}

func (f *fleet) count(name string) (n int) {
	for _, op := range f.trace {
		if op == name {
			n++
		}
	}
	return n
}

func (f *fleet) refused(token string, reasons ...string) error {
	reason, refused := f.observer.reason(token)
	if !refused || !slices.Contains(reasons, reason) {
		return fmt.Errorf("a token is refused: %v, with reason %q; want %q", refused, reason, reasons)
	}
	return nil
}

func (f *fleet) worksOrRefused(token string, reasons ...string) error {
	if _, refused := f.observer.reason(token); !refused {
		return nil
	}
	return f.refused(token, reasons...)
}

func (f *fleet) lasts(login wxauth.Login) error {
	if login.Token == "" {
		return nil
	}
	b, found, _ := f.observer.gate.memory.Find(storeKey(login.Token))
	if deadline, _, err := (stores.Codec{}).Decode(b); !found || err != nil || !deadline.Equal(login.Until) {
		return fmt.Errorf("the session ends at %v, and its login at %v", deadline, login.Until)
	}
	return nil
}

func (f *fleet) works(token string) error { return f.refusedIf(false, token) }

func (f *fleet) refusedIf(condition bool, token string) error {
	if _, refused := f.observer.reason(token); refused != condition {
		return fmt.Errorf("a token is refused: %v, want %v", refused, condition)
	}
	return nil
}

// before reports whether f.trace contains the first argument before the second. For
// example, "a find record" is a read of the user record by process a.
func (f *fleet) before(one, other string) bool {
	i := slices.Index(f.trace, one)
	return i >= 0 && i < slices.Index(f.trace, other)
}

// race is a test of two or three concurrent calls in different processes of a fleet. The
// test is repeated with many orders of the calls' store operations; see the type schedule.
type race struct {
	config wxauth.Config
	// preemptions is the maximum number of preemptions (see the type schedule) in one
	// order. The default is 3. Without a maximum, some races have over 70,000 orders.
	preemptions int
	// run makes the calls once, and s chooses the order of their store operations. It
	// returns the tokens that clients got.
	run func(f *fleet, s *schedule) (tokens []string, err error)
}

func (r race) test(t *testing.T) {
	t.Parallel()
	f, s := newFleet(t, r.config), &schedule{preemptions: cmp.Or(r.preemptions, 3)}
	runs := 0
	for more := true; more; more = s.next() {
		f.reset()
		s.begin()
		tokens, err := r.run(f, s)
		if err == nil {
			err = f.broken
		}
		if err == nil {
			err = f.settle(tokens)
		}
		if err == nil {
			err = f.revokeAll(tokens)
		}
		if err != nil {
			t.Fatalf("order %d: %v\n%s", runs, err, strings.Join(f.trace, "\n"))
		}
		runs++
	}
	t.Logf("%d orders", runs)
}

func orEnded(err error) error {
	var e *wxauth.Error
	if errors.Is(err, wxauth.ErrNotLoggedIn) || errors.As(err, &e) && e.Code == wxauth.CodeNotLoggedIn {
		return nil
	}
	return err
}
