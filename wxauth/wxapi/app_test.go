package wxapi_test

import (
	"errors"
	"strings"
	"testing"

	"example.com/wxlogin/wxauth/wxapi"
)

func TestAppValidate(t *testing.T) {
	const id, secret = "wx4f4bc4dec97d474b", "0123456789abcdef0123456789abcdef"
	for want, apps := range map[string][]wxapi.App{
		"": {
			{ID: id, Secret: secret}, {ID: id, Secret: "S"}, {ID: "wx0", Secret: strings.ToUpper(secret)},
			{ID: id, Secret: `s3cret/+&=%"`},
		},
		"ID is empty": {{Secret: secret}, {}},
		"ID is not an AppID": {
			{ID: id + "\n", Secret: secret}, {ID: " " + id, Secret: secret}, {ID: "wx/0", Secret: secret},
			{ID: "ｗx0", Secret: secret}, {ID: strings.Repeat("w", 65), Secret: secret}, {ID: "wx0\x7f", Secret: secret},
		},
		"Secret is empty": {{ID: id}},
		"Secret begins or ends with a space or a line end": {
			{ID: id, Secret: secret + "\n"}, {ID: id, Secret: secret + "\r\n"}, {ID: id, Secret: " " + secret},
			{ID: id, Secret: secret + "\u00a0"}, {ID: id, Secret: "\t" + secret},
		},
		"Secret holds a space": {
			{ID: id, Secret: "0123456789abcdef 0123456789abcde"}, {ID: id, Secret: "0123456789abcdef\x000123456789abcde"},
			{ID: id, Secret: "０123456789abcdef0123456789abcdef"}, {ID: id, Secret: secret + "\u200b"},
			{ID: id, Secret: "\ufeff" + secret}, {ID: id, Secret: secret + "\xff"}, {ID: id, Secret: "a\x7f"},
		},
	} {
		for _, app := range apps {
			err := app.Validate()
			if want == "" {
				if err != nil {
					t.Errorf("%q %q: %v", app.ID, app.Secret, err)
				}
				continue
			}
			if err == nil || !strings.HasPrefix(err.Error(), want) || app.Secret != "" && strings.Contains(err.Error(), app.Secret) {
				t.Errorf("%q %q: got %v, want an error that begins with %q", app.ID, app.Secret, err, want)
			}
			client := wxapi.New(app, wxapi.Options{})
			for call, err := range map[string]error{
				"Code2Session": second(client.Code2Session(background, "code")),
				"PhoneNumber":  second(client.PhoneNumber(background, "code", openID)),
			} {
				if !errors.Is(err, wxapi.ErrMisconfigured) || !strings.Contains(err.Error(), "App."+want) {
					t.Errorf("%q %q: %s failed with %v, want ErrMisconfigured, App.%s", app.ID, app.Secret, call, err, want)
				}
			}
		}
	}
}

func second[T any](_ T, err error) error { return err }

func TestUnusualSecret(t *testing.T) {
	for secret, want := range map[string]bool{
		"0123456789abcdef0123456789abcdef":  false,
		"0123456789ABCDEF0123456789ABCDEF":  false,
		"0123456789abcdef0123456789abcde":   true,
		"0123456789abcdef0123456789abcdef0": true,
		"0123456789abcdeg0123456789abcdef":  true,
		"changeme":                          true,
		"":                                  false,
	} {
		if got := (wxapi.App{Secret: secret}).UnusualSecret(); got != want {
			t.Errorf("%q: got %v", secret, got)
		}
	}
}
