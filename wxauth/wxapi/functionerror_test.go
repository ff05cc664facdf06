package wxapi_test

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/wxlogin/wxauth/wxapi"
)

// If App.Exchange or an AccessToken function returns or wraps an error of this package,
// the call's error must have the same class. It must not quote the application's error
// texts, because these texts may contain secrets.
func TestErrorsOfTheApplication(t *testing.T) {
	var returned error
	functions := map[string]func() error{
		"App.Exchange": func() error {
			client := exchanging(func(context.Context, string) (wxapi.Session, error) { return wxapi.Session{OpenID: "o"}, returned })
			got, err := client.Code2Session(background, "code")
			if !cmp.Equal(got, wxapi.Session{}) {
				t.Errorf("got %v", got)
			}
			return err
		},
		"Options.AccessToken": func() error {
			client := wxapi.New(app, wxapi.Options{AccessToken: func(context.Context, string, string) (string, error) { return "", returned }})
			_, err := client.PhoneNumber(background, "code", openID)
			return err
		},
		"Options.AccessToken after a refused token": func() error {
			client := wxapi.New(app, wxapi.Options{Transport: replies(200, nil, `{"errcode":42001}`), AccessToken: func(_ context.Context, _, rejected string) (string, error) {
				if rejected == "" {
					return "token", nil
				}
				return "", returned
			}})
			return client.Call(background, "GET", "/x", nil, nil)
		},
		"Platform.AccessToken": func() error {
			served := wxapi.App{ID: app.ID, Platform: &wxapi.Platform{AppID: "wxcomponent",
				AccessToken: func(context.Context, string) (string, error) { return "", returned }}}
			_, err := wxapi.New(served, wxapi.Options{}).Code2Session(background, "code")
			return err
		},
	}
	own := errors.New("GET https://gateway.example/?secret=hush")
	for name, test := range map[string]struct {
		err  error
		want error
		text string
	}{
		"a class":            {wxapi.ErrInvalidCode, wxapi.ErrInvalidCode, "invalid code"},
		"a class, wrapped":   {fmt.Errorf("hush: %w", wxapi.ErrUserBlocked), wxapi.ErrUserBlocked, "user blocked"},
		"an errcode":         {&wxapi.Error{Code: 40029}, wxapi.ErrInvalidCode, "errcode 40029"},
		"an errcode wrapped": {fmt.Errorf("hush: %w", &wxapi.Error{Code: 40125}), wxapi.ErrMisconfigured, "errcode 40125"},
		"its own":            {own, wxapi.ErrUnavailable, "WeChat is unavailable: *errors.errorString"},
		"its own, wrapped":   {fmt.Errorf("hush: %w", own), wxapi.ErrUnavailable, "*fmt.wrapError"},
		"its own, found":     {own, own, ""},
		"a deadline":         {fmt.Errorf("hush: %w", context.DeadlineExceeded), wxapi.ErrUnavailable, "deadline exceeded"},
		"a refused connection": {&url.Error{Op: "Get", URL: "https://gateway.example/?secret=hush", Err: syscall.ECONNREFUSED},
			wxapi.ErrUnavailable, "connection refused"},
	} {
		for function, call := range functions {
			returned = test.err
			err := call()
			function, _, _ = strings.Cut(function, " ")
			if !errors.Is(err, test.want) || !strings.Contains(err.Error(), test.text) || !strings.Contains(err.Error(), function) {
				t.Errorf("%s, %s: got %v, want %v, %q", function, name, err, test.want, test.text)
			}
			if test.want != wxapi.ErrUnavailable && test.want != own && errors.Is(err, wxapi.ErrUnavailable) {
				t.Errorf("%s, %s: %v is also ErrUnavailable", function, name, err)
			}
			if text := fmt.Sprintf("%v %+v %q", err, err, err); !isWithheld(text, "hush") {
				t.Errorf("%s, %s: %s", function, name, text)
			}
		}
	}
}
