package wxauth_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"example.com/wxlogin/wxauth"
)

func TestTokenOfARequest(t *testing.T) {
	headerToken := wxauth.HeaderToken("x-token")
	for name, test := range map[string]struct {
		header        []string
		bearer, other string
	}{
		"none":               {nil, "", ""},
		"empty":              {[]string{""}, "", ""},
		"a token":            {[]string{"abc"}, "", "abc"},
		"with its scheme":    {[]string{"Bearer abc"}, "abc", "Bearer abc"},
		"scheme in any case": {[]string{"bEARER abc"}, "abc", "bEARER abc"},
		"spaces after it":    {[]string{"Bearer   abc"}, "abc", "Bearer   abc"},
		"scheme alone":       {[]string{"Bearer "}, "", "Bearer "},
		"another scheme":     {[]string{"Basic abc"}, "", "Basic abc"},
		"longer scheme":      {[]string{"Bearers abc"}, "", "Bearers abc"},
		"two headers":        {[]string{"Bearer abc", "Bearer abc"}, "", ""},
		"an empty one first": {[]string{"", "Bearer abc"}, "", ""},
		"an empty one last":  {[]string{"Bearer abc", ""}, "", ""},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.Header["Authorization"], r.Header["X-Token"] = test.header, test.header
		if got := wxauth.BearerToken(r); got != test.bearer {
			t.Errorf("%s: BearerToken returns %q, want %q", name, got, test.bearer)
		}
		if got := headerToken(r); got != test.other {
			t.Errorf("%s: HeaderToken's function returns %q, want %q", name, got, test.other)
		}
	}
}

// TestMalformedTokenIsNotLookedUp checks that a malformed token is refused without a
// store operation, even if it contains a live token.
func TestMalformedTokenIsNotLookedUp(t *testing.T) {
	for _, hashed := range []bool{true, false} {
		store := newTestStore()
		sessions := sessionsIn(store)
		sessions.HashTokenInStore = hashed
		auth, wechat := newAuth(t, wxauth.Config{Sessions: sessions, Token: wxauth.HeaderToken("Token")})
		token := login(t, auth, wechat.Phone(appID, openID))
		record, _ := recordOf(t, store.memory)
		for name, bad := range map[string]string{
			"longer":              token + "A",
			"longer by a line":    token + "\n",
			"shorter":             token[:42],
			"empty":               "",
			"a record's key":      record,
			"a record's key, 43":  record + "A",
			"a semicolon":         ";" + token[1:],
			"padding":             token[:42] + "=",
			"base64, plus":        token[:42] + "+",
			"base64, slash":       token[:42] + "/",
			"not ASCII":           token[:41] + "é",
			"a space":             token[:42] + " ",
			"NUL":                 token[:42] + "\x00",
			"two tokens":          token + token,
			"a very long one":     strings.Repeat(token, 1000),
			"before A, in ASCII":  token[:42] + "@",
			"behind Z, in ASCII":  token[:42] + "[",
			"before a, in ASCII":  token[:42] + "`",
			"behind z, in ASCII":  token[:42] + "{",
			"behind 9, in ASCII":  token[:42] + ":",
			"a line break inside": token[:20] + "\n" + token[21:],
		} {
			store.set(nil)
			for way, h := range map[string]http.Handler{"Require": auth.Require(me), "LoadAndSave": auth.LoadAndSave(me), "session": auth.SessionHandler()} {
				r := httptest.NewRequest("GET", "/", nil)
				r.Header["Token"] = []string{bad}
				w := httptest.NewRecorder()
				h.ServeHTTP(w, r)
				if w.Code != http.StatusUnauthorized {
					t.Errorf("%s, %s: got %d, want 401", name, way, w.Code)
				}
			}
			if _, err := auth.Authenticate(background, bad); errorCode(err) != wxauth.CodeNotLoggedIn {
				t.Errorf("%s, Authenticate: %v", name, err)
			}
			if ops := store.list(); ops != "" {
				t.Errorf("%s: operations %q, want none", name, ops)
			}
		}
	}
}

// TestTokensAreRandomThroughout checks that no character of a token or a LoginID is
// fixed. A token is 32 random bytes in base64url, and a LoginID is 16 random bytes in
// base64url.
func TestTokensAreRandomThroughout(t *testing.T) {
	auth, wechat := newAuth(t, wxauth.Config{MaxLogins: 100})
	var tokens, ids []string
	for range 40 {
		token := login(t, auth, wechat.Phone(appID, openID))
		id, err := auth.Authenticate(background, token)
		if err != nil {
			t.Fatal(err)
		}
		tokens, ids = append(tokens, token), append(ids, id.LoginID)
	}
	for what, texts := range map[string][]string{"token": tokens, "LoginID": ids} {
		want := map[string]int{"token": 43, "LoginID": 22}[what]
		for i := range want {
			seen := make(map[byte]bool)
			for _, text := range texts {
				if len(text) != want {
					t.Fatalf("%s has %d characters, want %d", what, len(text), want)
				}
				seen[text[i]] = true
			}
			// The last character of a token has 16 possible values. The last character of
			// a LoginID has 4.
			if len(seen) < 3 {
				t.Errorf("character %d of a %s has %d values in 40 logins", i, what, len(seen))
			}
		}
	}
}
