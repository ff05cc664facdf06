package wxauth_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"example.com/wxlogin/wxauth"
)

func (f *fleet) saved(err error, token, key, value string) error {
	if err == nil && f.observer.value(token, key) != value {
		return fmt.Errorf("an acknowledged save of %q is lost", key)
	}
	return nil
}

// TestSaveInterleaved runs a save and other calls on one login, in many orders of their
// store operations. A save must not restore a login that has ended. A renewal, or a save of
// another key, must not undo a save that has succeeded.
func TestSaveInterleaved(t *testing.T) {
	ends := func(end func(p *process, token string) error) race {
		return race{run: func(f *fleet, s *schedule) ([]string, error) {
			var saved, err error
			token, _ := f.observer.login(f, "")
			f.run(s,
				act{f.a, func() { _, saved = f.a.save(token, "cart", "apples") }},
				act{f.b, func() { err = end(f.b, token) }},
			)
			return []string{token}, errors.Join(orEnded(saved), err, f.refused(token, ""))
		}}
	}
	for name, r := range map[string]race{
		"logout": ends(func(p *process, token string) error { return p.Logout(requestWith(token)) }),
		"Revoke": ends(func(p *process, token string) error { _, err := p.Revoke(background, alice, ""); return err }),
		"Clear": ends(func(p *process, token string) error {
			p.under(p.LoadAndSave, token, func(ctx context.Context) { p.sessions.Clear(ctx) })
			return nil
		}),
		"Destroy": ends(func(p *process, token string) error {
			p.under(p.LoadAndSave, token, func(ctx context.Context) { p.sessions.Destroy(ctx) })
			return nil
		}),
		"Clear after a save": ends(func(p *process, token string) error {
			p.under(p.LoadAndSave, token, func(ctx context.Context) {
				p.sessions.Put(ctx, "coupon", "5")
				p.Save(ctx)
				p.sessions.Clear(ctx)
			})
			return nil
		}),
		"a save of another key": {run: func(f *fleet, s *schedule) ([]string, error) {
			var errs [2]error
			token, _ := f.observer.login(f, "")
			f.run(s,
				act{f.a, func() { _, errs[0] = f.a.save(token, "cart", "apples", "pears") }},
				act{f.b, func() { _, errs[1] = f.b.save(token, "coupon", "5") }},
			)
			return []string{token}, errors.Join(errs[0], errs[1],
				f.saved(nil, token, "cart", "pears"), f.saved(nil, token, "coupon", "5"))
		}},
		"Renew": {run: func(f *fleet, s *schedule) ([]string, error) {
			var passed bool
			var saved, err error
			var renewed wxauth.Login
			token := f.observer.shortLogin().Token
			f.run(s,
				act{f.a, func() { passed, saved = f.a.save(token, "cart", "apples") }},
				act{f.b, func() { renewed, err = f.b.renew(token) }},
			)
			if orEnded(saved) == nil && saved != nil {
				return nil, errors.New("a save is dropped because of a renewal")
			}
			if passed {
				err = errors.Join(err, f.saved(saved, renewed.Token, "cart", "apples"))
			}
			return []string{token, renewed.Token}, errors.Join(err, f.works(renewed.Token), f.lasts(renewed))
		}},
		"Renew under LoadAndSave": {run: func(f *fleet, s *schedule) ([]string, error) {
			var passed bool
			var saved, err error
			var renewed wxauth.Login
			token := f.observer.shortLogin().Token
			f.run(s,
				act{f.a, func() { passed, saved = f.a.save(token, "cart", "apples") }},
				act{f.b, func() { renewed, err = f.b.renewLoaded(token, "user") }},
			)
			if orEnded(saved) == nil && saved != nil {
				return nil, errors.New("a save is dropped because of a renewal")
			}
			if passed {
				err = errors.Join(err, f.saved(saved, renewed.Token, "cart", "apples"))
			}
			return []string{token, renewed.Token}, errors.Join(err, f.works(renewed.Token), f.lasts(renewed),
				f.saved(nil, renewed.Token, "user before", "user"), f.saved(nil, renewed.Token, "user after", "user"))
		}},
		"Renew and a login": {run: func(f *fleet, s *schedule) ([]string, error) {
			var passed bool
			var fresh string
			var saved, err, err2 error
			var renewed wxauth.Login
			token := f.observer.shortLogin().Token
			f.run(s,
				act{f.a, func() { passed, saved = f.a.save(token, "cart", "apples") }},
				act{f.b, func() { renewed, err = f.b.renew(token) }},
				act{f.c, func() { fresh, err2 = f.c.login(f, "") }},
			)
			if orEnded(saved) == nil && saved != nil {
				return nil, errors.New("a save is dropped because of a renewal")
			}
			if passed {
				err = errors.Join(err, f.saved(saved, renewed.Token, "cart", "apples"))
			}
			return []string{token, renewed.Token, fresh}, errors.Join(err, err2, f.works(renewed.Token), f.works(fresh))
		}},
		"Renew and Revoke": {run: func(f *fleet, s *schedule) ([]string, error) {
			var errs [3]error
			var renewed wxauth.Login
			token := f.observer.shortLogin().Token
			f.run(s,
				act{f.a, func() { _, errs[0] = f.a.save(token, "cart", "apples") }},
				act{f.b, func() { renewed, errs[1] = f.b.renew(token) }},
				act{f.c, func() { _, errs[2] = f.c.Revoke(background, alice, "gone") }},
			)
			var e *wxauth.Error
			if errors.As(errs[0], &e) && e.Code == wxauth.CodeInternal {
				errs[0] = nil // allowed: the renewal made the save fail
			}
			return []string{token, renewed.Token}, errors.Join(orEnded(errs[0]), orEnded(errs[1]), errs[2], f.refused(token, "", "gone"))
		}},
		"Renew under LoadAndSave, twice": {run: func(f *fleet, s *schedule) ([]string, error) {
			var errs [2]error
			var logins [2]wxauth.Login
			token := f.observer.shortLogin().Token
			f.run(s,
				act{f.a, func() { logins[0], errs[0] = f.a.renewLoaded(token, "one") }},
				act{f.b, func() { logins[1], errs[1] = f.b.renewLoaded(token, "two") }},
			)
			if (errs[0] == nil) == (errs[1] == nil) {
				return nil, fmt.Errorf("of two renewals: %v, %v", errs[0], errs[1])
			}
			live := logins[0].Token + logins[1].Token
			return []string{token, logins[0].Token, logins[1].Token}, errors.Join(orEnded(errs[0]), orEnded(errs[1]), f.works(live), f.lasts(logins[0]), f.lasts(logins[1]),
				f.saved(errs[0], live, "one after", "one"), f.saved(errs[1], live, "two after", "two"))
		}},
	} {
		t.Run(name, r.test)
	}
}
