package main_test

import (
	"strings"
	"testing"
)

func TestEndpoints(t *testing.T) {
	base, _ := start(t)
	alice, phone2, bob := login(t, base, "alice"), login(t, base, "alice"), login(t, base, "bob")
	const aliceID, bobID = "u-2ea29d146dea", "u-ee4113571985"
	want(t, "first visit", call(t, "GET", base+"/me", alice), me(aliceID, 1))
	want(t, "second visit", call(t, "GET", base+"/me", alice), me(aliceID, 2))
	want(t, "first visit on another phone", call(t, "GET", base+"/me", phone2), me(aliceID, 1))
	want(t, "another user", call(t, "GET", base+"/me", bob), me(bobID, 1))
	want(t, "no token", call(t, "GET", base+"/me", ""), refused)
	want(t, "unknown token", call(t, "GET", base+"/me", strings.Repeat("x", 43)), refused)

	want(t, "logout", call(t, "POST", base+"/logout", phone2), loggedOut)
	want(t, "/me after the logout", call(t, "GET", base+"/me", phone2), refused)
	want(t, "/session after the logout", call(t, "GET", base+"/session", phone2), refused)
	want(t, "the user's other login", call(t, "GET", base+"/me", alice), me(aliceID, 3))

	phone2 = login(t, base, "alice")
	want(t, "logout everywhere", call(t, "POST", base+"/logout/everywhere", phone2),
		reply{200, "application/json", map[string]any{"ended": 2.0}})
	want(t, "the first login", call(t, "GET", base+"/me", alice), refusedBecause("logged_out_everywhere"))
	want(t, "the second login", call(t, "GET", base+"/me", phone2), refusedBecause("logged_out_everywhere"))
	want(t, "the other user", call(t, "GET", base+"/me", bob), me(bobID, 2))
}
