package wxtest_test

import (
	"testing"
	"testing/synctest"
	"time"
)

func TestPlatformTokens(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := overTransport(t)
		platform := w.wechat.Platform(componentAppID, appID)
		for name, get := range map[string]func(rejected string) (string, error){
			"AccessToken": func(rejected string) (string, error) {
				return platform.AccessToken(t.Context(), rejected)
			},
			"AuthorizerToken": func(rejected string) (string, error) {
				return platform.AuthorizerToken(t.Context(), appID, rejected)
			},
		} {
			first, err := get("")
			if err != nil || len(first) != 512 {
				t.Errorf("%s: %d characters, error %v", name, len(first), err)
			}
			time.Sleep(3 * time.Hour)
			if again, _ := get(""); again != first {
				t.Errorf("%s: another token though the first was not rejected", name)
			}
			if again, _ := get("some other"); again != first {
				t.Errorf("%s: another token though an older one was rejected", name)
			}
			if second, _ := get(first); second == first {
				t.Errorf("%s: the rejected token again", name)
			}
		}
		if _, err := platform.AuthorizerToken(t.Context(), otherAppID, ""); err == nil {
			t.Error("a token of a mini program that has not authorized")
		}
	})
}

// TestAuthorizerTokenOpensCalls checks that checksession accepts the mini program's
// authorizer_access_token, and refuses that of another mini program.
func TestAuthorizerTokenOpensCalls(t *testing.T) {
	w := overTransport(t)
	w.phone.Login()
	platform := w.wechat.Platform(componentAppID, appID, otherAppID)
	own, _ := platform.AuthorizerToken(t.Context(), appID, "")
	if got := w.send("GET", check, w.signedParams("access_token", own), ""); got != fine {
		t.Errorf("checksession: %s", got)
	}
	others, _ := platform.AuthorizerToken(t.Context(), otherAppID, "")
	if got, want := w.send("GET", check, w.signedParams("access_token", others), ""), jsonError(40003, "invalid openid"); got != want {
		t.Errorf("with another mini program's token: %s, want %s", got, want)
	}
	component, _ := platform.AccessToken(t.Context(), "")
	if got, want := w.send("GET", check, w.signedParams("access_token", component), ""), jsonError(40001, badToken); got != want {
		t.Errorf("with the component_access_token: %s, want %s", got, want)
	}
}
