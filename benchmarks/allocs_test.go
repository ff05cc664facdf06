//go:build !race

// The race detector can add allocations, so TestAllocs does not run with it.

package benchmarks_test

import (
	"testing"
	"time"

	"example.com/wxlogin/benchmarks/internal/rig"
	"example.com/wxlogin/stores"
	"example.com/wxlogin/wxauth"
	"example.com/wxlogin/wxauth/wxapi"
)

// TestAllocs limits the number of allocations of a request, of Decrypt and of
// stores.Codec. A change that raises a limit must explain the new allocation in a comment
// beside the limit.
func TestAllocs(t *testing.T) {
	auth, phone, ctx := loggedIn(wxauth.NewSessions())
	var encrypted wxauth.Encrypted
	encrypted.EncryptedData, encrypted.IV = phone.Encrypt(userInfo)
	login := map[string]any{"openid": rig.OpenID, "visits": 3, "since": time.Unix(1700000000, 0).UTC()}
	deadline := time.Unix(1800000000, 0).UTC()
	encoded, err := stores.Codec{}.Encode(deadline, login)
	if err != nil {
		t.Fatal(err)
	}
	served := func(row rig.Row) func() {
		rig.Check(t, row)
		w := make(rig.Discard)
		return func() { w.Serve(row) }
	}
	for _, test := range []struct {
		name string
		most float64
		do   func()
	}{
		// Require allocates a copy of the request, a context with the identity, and a
		// string for the part of the session that contains the identity.
		{"Require, plain tokens", 3, served(rig.Require(plainTokens()))},
		// The hash of the token needs one more allocation.
		{"Require", 4, served(rig.Require(wxauth.NewSessions()))},
		{"Require, 10 KB of other data", 4, served(requireWith10KB(t))},
		{"Identify without a token", 0, served(identifyNobody())},
		{"LoadAndSave", 10, served(loadAndSave(wxauth.NewSessions()))},
		// Decoding a wxapi.UnixTime costs one allocation more than decoding an int64.
		// UserInfo contains one wxapi.UnixTime.
		{"Decrypt", 25, func() {
			var v wxapi.UserInfo
			if err := auth.Decrypt(ctx, encrypted, &v); err != nil || v.OpenID != rig.OpenID {
				t.Fatal(v, err)
			}
		}},
		{"Codec.Encode", 1, func() {
			if _, err := (stores.Codec{}).Encode(deadline, login); err != nil {
				t.Fatal(err)
			}
		}},
		{"Codec.Decode", 5, func() {
			if _, v, err := (stores.Codec{}).Decode(encoded); err != nil || v["openid"] != rig.OpenID {
				t.Fatal(v, err)
			}
		}},
		{"Codec.LookupString", 1, func() {
			if v, _, err := (stores.Codec{}).LookupString(encoded, "openid"); err != nil || v != rig.OpenID {
				t.Fatal(v, err)
			}
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := testing.AllocsPerRun(100, test.do); got > test.most {
				t.Errorf("%v allocations, want at most %v", got, test.most)
			}
		})
	}
}
