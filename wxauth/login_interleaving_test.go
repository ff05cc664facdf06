package wxauth_test

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"testing"

	"example.com/wxlogin/wxauth"
)

// TestLoginInterleaved runs a login concurrently with one or two other calls for the same
// user, and checks which tokens work afterwards.
func TestLoginInterleaved(t *testing.T) {
	one := wxauth.Config{MaxLogins: 1}
	for name, r := range map[string]race{
		"Revoke": {run: func(f *fleet, s *schedule) ([]string, error) {
			var fresh string
			var refused, err error
			old, _ := f.observer.login(f, "")
			f.run(s,
				act{f.a, func() { fresh, refused = f.a.login(f, "") }},
				act{f.b, func() { _, err = f.b.Revoke(background, alice, "gone") }},
			)
			return []string{old, fresh}, errors.Join(orEnded(refused), err,
				f.refused(old, "gone"), f.refusedIf(f.before("a find record", "b swap record"), fresh))
		}},
		"Revoke, LoginAs": {run: func(f *fleet, s *schedule) ([]string, error) {
			var fresh wxauth.Login
			var refused, err error
			f.run(s,
				act{f.a, func() { fresh, refused = f.a.LoginAs(background, alice) }},
				act{f.b, func() { _, err = f.b.Revoke(background, alice, "gone") }},
			)
			return []string{fresh.Token}, errors.Join(orEnded(refused), err,
				f.refusedIf(f.before("a find record", "b swap record"), fresh.Token))
		}},
		"Revoke, with an older token": {run: func(f *fleet, s *schedule) ([]string, error) {
			var fresh string
			var refused, err error
			old, _ := f.observer.login(f, "")
			f.run(s,
				act{f.a, func() { fresh, refused = f.a.login(f, old) }},
				act{f.b, func() { _, err = f.b.Revoke(background, alice, "gone") }},
			)
			return []string{old, fresh}, errors.Join(orEnded(refused), err,
				f.refused(old, "", "gone"), f.refusedIf(f.before("a find record", "b swap record"), fresh))
		}},
		"RevokeOthers": {run: func(f *fleet, s *schedule) ([]string, error) {
			var fresh string
			var refused, err error
			old, _ := f.observer.login(f, "")
			keeps, _ := f.observer.login(f, "")
			id, _ := f.observer.Authenticate(background, keeps)
			f.run(s,
				act{f.a, func() { fresh, refused = f.a.login(f, "") }},
				act{f.b, func() { _, err = f.b.RevokeOthers(background, id, "gone") }},
			)
			return []string{old, keeps, fresh}, errors.Join(orEnded(refused), err, f.works(keeps),
				f.refused(old, "gone"), f.refusedIf(f.before("a find record", "b swap record"), fresh))
		}},
		"another login of a single device": {config: one, run: func(f *fleet, s *schedule) ([]string, error) {
			var tokens [2]string
			var errs [2]error
			old, _ := f.observer.login(f, "")
			f.always = func() error { return f.worksOrRefused(old, "replaced") }
			f.run(s,
				act{f.a, func() { tokens[0], errs[0] = f.a.login(f, "") }},
				act{f.b, func() { tokens[1], errs[1] = f.b.login(f, "") }},
			)
			live := slices.DeleteFunc(tokens[:], func(token string) bool { return f.refused(token, "replaced") == nil })
			if len(live) != 1 {
				errs[0] = errors.Join(errs[0], fmt.Errorf("%d of two tokens are not refused as replaced", len(live)))
			}
			return []string{old, tokens[0], tokens[1]}, errors.Join(errs[0], errs[1], f.refused(old, "replaced"))
		}},
		"another login, both call RevokeOthers": {run: func(f *fleet, s *schedule) ([]string, error) {
			var tokens [2]string
			var errs [2]error
			old, _ := f.observer.login(f, "")
			f.onLogin = func(p *process, r *http.Request, id wxauth.Identity) error {
				_, err := p.RevokeOthers(r.Context(), id, "elsewhere")
				return err
			}
			f.always = func() error { return f.worksOrRefused(old, "elsewhere") }
			f.run(s,
				act{f.a, func() { tokens[0], errs[0] = f.a.login(f, "") }},
				act{f.b, func() { tokens[1], errs[1] = f.b.login(f, "") }},
			)
			live := 0
			for _, token := range tokens {
				if token != "" && f.works(token) == nil {
					live++
				} else if token != "" {
					errs[0] = errors.Join(errs[0], f.refused(token, "elsewhere"))
				}
			}
			if live != 1 {
				errs[0] = fmt.Errorf("%d of two tokens work", live)
			}
			return []string{old, tokens[0], tokens[1]}, errors.Join(orEnded(errs[0]), orEnded(errs[1]), f.refused(old, "elsewhere"))
		}},
		"Revoke, OnLogin calls RevokeOthers": {run: func(f *fleet, s *schedule) ([]string, error) {
			var fresh string
			var refused, err error
			old, _ := f.observer.login(f, "")
			f.onLogin = func(p *process, r *http.Request, id wxauth.Identity) error {
				_, err := p.RevokeOthers(r.Context(), id, "elsewhere")
				return err
			}
			f.run(s,
				act{f.a, func() { fresh, refused = f.a.login(f, "") }},
				act{f.b, func() { _, err = f.b.Revoke(background, alice, "gone") }},
			)
			return []string{old, fresh}, errors.Join(orEnded(refused), err,
				f.refused(old, "elsewhere", "gone"), f.refusedIf(f.before("a find record", "b swap record"), fresh))
		}},
		"another login of a single device, both with the old token": {config: one, run: func(f *fleet, s *schedule) ([]string, error) {
			var tokens [2]string
			var errs [2]error
			old, _ := f.observer.login(f, "")
			f.run(s,
				act{f.a, func() { tokens[0], errs[0] = f.a.login(f, old) }},
				act{f.b, func() { tokens[1], errs[1] = f.b.login(f, old) }},
			)
			live := slices.DeleteFunc(slices.Clone(tokens[:]), func(token string) bool { return f.refused(token, "replaced") == nil })
			if len(live) != 1 {
				errs[0] = errors.Join(errs[0], fmt.Errorf("%d of two tokens are not refused as replaced", len(live)))
			}
			return []string{old, tokens[0], tokens[1]}, errors.Join(errs[0], errs[1], f.refused(old, "", "replaced"))
		}},
		"another login and Renew of a single device": {config: one, preemptions: 2, run: func(f *fleet, s *schedule) ([]string, error) {
			var tokens [2]string
			var renewed wxauth.Login
			var errs [3]error
			old, _ := f.observer.login(f, "")
			f.run(s,
				act{f.a, func() { tokens[0], errs[0] = f.a.login(f, "") }},
				act{f.b, func() { tokens[1], errs[1] = f.b.login(f, "") }},
				act{f.c, func() { renewed, errs[2] = f.c.renew(old) }},
			)
			all := []string{tokens[0], tokens[1]}
			if renewed.Token != "" {
				all = append(all, renewed.Token)
			}
			live := slices.DeleteFunc(slices.Clone(all), func(token string) bool { return f.refused(token, "replaced") == nil })
			if len(live) != 1 || live[0] == renewed.Token {
				errs[0] = errors.Join(errs[0], fmt.Errorf("%d tokens are not refused as replaced", len(live)))
			}
			return append(all, old), errors.Join(errs[0], errs[1], orEnded(errs[2]), f.refused(old, "", "replaced"))
		}},
		"the logout of a single device": {config: one, run: func(f *fleet, s *schedule) ([]string, error) {
			var fresh string
			var errs [2]error
			old, _ := f.observer.login(f, "")
			f.run(s,
				act{f.a, func() { fresh, errs[0] = f.a.login(f, "") }},
				act{f.b, func() { errs[1] = f.b.Logout(requestWith(old)) }},
			)
			return []string{old, fresh}, errors.Join(errs[0], errs[1], f.refused(old, "", "replaced"), f.works(fresh))
		}},
		"EndLogin of a single device": {config: one, run: func(f *fleet, s *schedule) ([]string, error) {
			var fresh string
			var errs [2]error
			old, _ := f.observer.login(f, "")
			id, _ := f.observer.Authenticate(background, old)
			f.always = func() error { return f.worksOrRefused(old, "kicked", "replaced") }
			f.run(s,
				act{f.a, func() { fresh, errs[0] = f.a.login(f, "") }},
				act{f.b, func() { _, errs[1] = f.b.EndLogin(background, id, "kicked") }},
			)
			return []string{old, fresh}, errors.Join(errs[0], errs[1], f.refused(old, "kicked", "replaced"), f.works(fresh))
		}},
		"Renew of a single device": {config: one, run: func(f *fleet, s *schedule) ([]string, error) {
			var fresh string
			var renewed wxauth.Login
			var errs [2]error
			old, _ := f.observer.login(f, "")
			f.run(s,
				act{f.a, func() { fresh, errs[0] = f.a.login(f, "") }},
				act{f.b, func() { renewed, errs[1] = f.b.renew(old) }},
			)
			err := f.refused(old, "", "replaced")
			if renewed.Token != "" {
				err = errors.Join(err, f.refused(renewed.Token, "replaced"))
			}
			return []string{old, fresh, renewed.Token}, errors.Join(err, errs[0], orEnded(errs[1]), f.works(fresh))
		}},
		"logout with the same older token": {run: func(f *fleet, s *schedule) ([]string, error) {
			var fresh string
			var errs [2]error
			old, _ := f.observer.login(f, "")
			f.run(s,
				act{f.a, func() { fresh, errs[0] = f.a.login(f, old) }},
				act{f.b, func() { errs[1] = f.b.Logout(requestWith(old)) }},
			)
			return []string{old, fresh}, errors.Join(errs[0], errs[1], f.refused(old, ""), f.works(fresh))
		}},
		"a login with the same older token": {run: func(f *fleet, s *schedule) ([]string, error) {
			var tokens [2]string
			var errs [2]error
			old, _ := f.observer.login(f, "")
			f.run(s,
				act{f.a, func() { tokens[0], errs[0] = f.a.login(f, old) }},
				act{f.b, func() { tokens[1], errs[1] = f.b.login(f, old) }},
			)
			return []string{old, tokens[0], tokens[1]}, errors.Join(errs[0], errs[1], f.refused(old, ""), f.works(tokens[0]), f.works(tokens[1]))
		}},
		"Renew with the same older token": {run: func(f *fleet, s *schedule) ([]string, error) {
			var fresh string
			var renewed wxauth.Login
			var errs [2]error
			old, _ := f.observer.login(f, "")
			f.run(s,
				act{f.a, func() { fresh, errs[0] = f.a.login(f, old) }},
				act{f.b, func() { renewed, errs[1] = f.b.renew(old) }},
			)
			return []string{old, fresh, renewed.Token}, errors.Join(errs[0], orEnded(errs[1]), f.refused(old, ""), f.works(fresh))
		}},
	} {
		t.Run(name, r.test)
	}
}
