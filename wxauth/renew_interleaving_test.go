package wxauth_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"example.com/wxlogin/wxauth"
)

// renewal returns a race in which Renew and the function other act on one login. If Renew
// succeeded, the new token must work, or the function other must have ended the login with
// the given reason.
func renewal(reason string, other func(p *process, id wxauth.Identity, token string) error) race {
	return race{run: func(f *fleet, s *schedule) ([]string, error) {
		var renewed wxauth.Login
		var errs [2]error
		old := f.observer.shortLogin()
		f.run(s,
			act{f.a, func() { renewed, errs[0] = f.a.renew(old.Token) }},
			act{f.b, func() { errs[1] = other(f.b, old.Identity, old.Token) }},
		)
		err := errors.Join(orEnded(errs[0]), errs[1], f.refused(old.Token, "", reason))
		if errs[0] != nil {
			return []string{old.Token}, err
		}
		if renewed.LoginID != old.LoginID || !renewed.Since.Equal(old.Since) {
			err = errors.Join(err, errors.New("the renewal changed the login's name or beginning"))
		}
		switch f.count("b delete session") {
		case 0:
			err = errors.Join(err, f.works(renewed.Token), f.lasts(renewed))
		case 1:
			err = errors.Join(err, f.refused(renewed.Token, reason))
		default: // the function other deleted the old and the new session
			err = errors.Join(err, f.refused(renewed.Token, reason), f.refused(old.Token, reason))
		}
		return []string{old.Token, renewed.Token}, err
	}}
}

// TestRenewInterleaved runs Renew and a second call on one login, in many orders of their
// store operations.
func TestRenewInterleaved(t *testing.T) {
	for name, r := range map[string]race{
		"logout": renewal("", func(p *process, _ wxauth.Identity, token string) error {
			return p.Logout(requestWith(token))
		}),
		"Clear": renewal("", func(p *process, _ wxauth.Identity, token string) error {
			p.under(p.LoadAndSave, token, func(ctx context.Context) { p.sessions.Clear(ctx) })
			return nil
		}),
		"Revoke": renewal("gone", func(p *process, id wxauth.Identity, _ string) error {
			n, err := p.Revoke(background, id, "gone")
			if n != 1 {
				err = errors.Join(err, fmt.Errorf("Revoke ended %d logins", n))
			}
			return err
		}),
		"EndLogin": renewal("kicked", func(p *process, id wxauth.Identity, _ string) error {
			ended, err := p.EndLogin(background, id, "kicked")
			if !ended {
				err = errors.Join(err, errors.New("EndLogin found no login"))
			}
			return err
		}),
		"RevokeOthers of another": renewal("gone", func(p *process, id wxauth.Identity, _ string) error {
			id.LoginID = "another"
			n, err := p.RevokeOthers(background, id, "gone")
			if n != 1 {
				err = errors.Join(err, fmt.Errorf("RevokeOthers ended %d logins", n))
			}
			return err
		}),
		"RevokeOthers of this": renewal("", func(p *process, id wxauth.Identity, _ string) error {
			n, err := p.RevokeOthers(background, id, "gone")
			if n != 0 {
				err = errors.Join(err, fmt.Errorf("RevokeOthers ended %d logins", n))
			}
			return err
		}),
		"Renew": {run: func(f *fleet, s *schedule) ([]string, error) {
			var logins [2]wxauth.Login
			var errs [2]error
			token, _ := f.observer.login(f, "")
			f.run(s,
				act{f.a, func() { logins[0], errs[0] = f.a.renew(token) }},
				act{f.b, func() { logins[1], errs[1] = f.b.renew(token) }},
			)
			if (errs[0] == nil) == (errs[1] == nil) {
				return nil, fmt.Errorf("of two renewals: %v, %v", errs[0], errs[1])
			}
			return []string{token, logins[0].Token, logins[1].Token},
				errors.Join(orEnded(errs[0]), orEnded(errs[1]), f.refused(token, ""), f.works(logins[0].Token+logins[1].Token))
		}},
	} {
		t.Run(name, r.test)
	}
}
