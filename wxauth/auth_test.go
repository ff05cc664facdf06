package wxauth_test

import (
	"strings"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"

	"example.com/wxlogin/stores"
	"example.com/wxlogin/wxauth"
	"example.com/wxlogin/wxauth/wxapi"
)

// TestNewRefuses checks that the error for an invalid Config names the invalid field and
// does not quote a secret.
func TestNewRefuses(t *testing.T) {
	const id = "wx4f4bc4dec97d474b"
	app := func(id, secret string) wxauth.Config {
		return wxauth.Config{Apps: []wxauth.App{{ID: id, Secret: secret}}}
	}
	with := func(change func(*wxauth.Config)) wxauth.Config {
		c := app(id, secret)
		change(&c)
		return c
	}
	sessions := func(change func(*scs.SessionManager)) wxauth.Config {
		return with(func(c *wxauth.Config) {
			c.Sessions = wxauth.NewSessions()
			change(c.Sessions)
		})
	}
	for want, c := range map[string]wxauth.Config{
		"Apps is empty, and FindApp is not set": {},
		"Apps[0].ID is empty":                   app("", secret),
		"Apps[0].ID":                            app("wx 1", secret),
		"Apps[0].Secret is empty":               app(id, ""),
		"Apps[0].Secret ":                       app(id, "S3CRET with spaces"),
		"Apps[0].Secret  ":                      app(id, "S3CRET\n"),
		"Apps[0].Secret   ":                     app(id, "S3CRET\x01"),
		"Apps[0].Secret    ":                    app(id, "S3CRETé"),
		"Apps[1].ID is given twice":             with(func(c *wxauth.Config) { c.Apps = append(c.Apps, c.Apps[0]) }),
		"API.Hosts":                             with(func(c *wxauth.Config) { c.API = wxapi.Options{Hosts: []string{"ftp://x"}} }),
		"Sessions.IdleTimeout":                  sessions(func(s *scs.SessionManager) { s.IdleTimeout = time.Minute }),
		"Sessions.Lifetime":                     sessions(func(s *scs.SessionManager) { s.Lifetime = 0 }),
		"Sessions has no Store":                 sessions(func(s *scs.SessionManager) { s.Store = nil }),
		"Sessions.Store is a nil *stores.Redis": sessions(func(s *scs.SessionManager) { s.Store = (*stores.Redis)(nil) }),
		"Sessions has no Store or no Codec":     sessions(func(s *scs.SessionManager) { s.Codec = nil }),
		"KeyGrace is negative":                  with(func(c *wxauth.Config) { c.KeyGrace = -1 }),
		"MaxLogins is negative":                 with(func(c *wxauth.Config) { c.MaxLogins = -1 }),
		"RenewLimit is below":                   with(func(c *wxauth.Config) { c.RenewLimit = time.Hour }),
		"NotBefore is in the future":            with(func(c *wxauth.Config) { c.NotBefore = time.Now().Add(time.Hour) }),
		"SealKeys[1]":                           with(func(c *wxauth.Config) { c.SealKeys = [][]byte{make([]byte, 32), []byte("S3CRET")} }),
	} {
		_, err := wxauth.New(c)
		if err == nil || !strings.Contains(err.Error(), "wxauth: Config."+strings.TrimRight(want, " ")) || strings.Contains(err.Error(), "S3CRET") {
			t.Errorf("want Config.%s, got %v", want, err)
		}
	}
}

// TestNewWarnsOfAnUnusualSecret checks that New accepts an AppSecret that is not 32
// hexadecimal digits, but logs a warning. The warning must not quote the AppSecret.
func TestNewWarnsOfAnUnusualSecret(t *testing.T) {
	for secret, warned := range map[string]bool{"0123456789abcdef0123456789abcdef": false, "S3CRET": true, "0123456789abcdef0123456789abcde": true} {
		var log lines
		if _, err := wxauth.New(wxauth.Config{Apps: []wxauth.App{{ID: appID, Secret: secret}}, Logger: log.logger()}); err != nil {
			t.Error(err)
		}
		if got := strings.Contains(log.String(), "32 hexadecimal digits"); got != warned || strings.Contains(log.String(), secret) {
			t.Errorf("%s: log %s", secret, &log)
		}
	}
}
