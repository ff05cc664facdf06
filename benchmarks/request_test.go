// Package benchmarks_test measures wxauth beside the least that could do the
// same, and beside scs as it comes. Package report prints what is measured as
// tables, and module peers has the rows that need other modules.
package benchmarks_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/alexedwards/scs/v2"

	"example.com/wxlogin/benchmarks/internal/rig"
	"example.com/wxlogin/wxauth"
)

// plainTokens are sessions that store a token as it is.
func plainTokens() *scs.SessionManager {
	sessions := wxauth.NewSessions()
	sessions.HashTokenInStore = false
	return sessions
}

// requireWith10KB is Require for a session in which the application keeps 10
// values of 1 KiB.
func requireWith10KB(tb testing.TB) rig.Row {
	sessions := wxauth.NewSessions()
	auth, _, token := rig.NewAuth(sessions)
	rig.Check(tb, rig.Row{Handler: auth.LoadAndSave(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for i := range 10 {
			sessions.Put(r.Context(), fmt.Sprint("cart", i), strings.Repeat("x", 1<<10))
		}
		rig.Anybody.ServeHTTP(w, r)
	})), Request: rig.Request(token)})
	return rig.Row{Handler: auth.Require(rig.Me(wxauth.OpenID)), Request: rig.Request(token)}
}

// identifyNobody is Identify for a request without a token.
func identifyNobody() rig.Row {
	auth, _, _ := rig.NewAuth(wxauth.NewSessions())
	return rig.Row{Handler: auth.Identify(rig.Anybody), Request: rig.Request("")}
}

func loadAndSave(sessions *scs.SessionManager) rig.Row {
	auth, _, token := rig.NewAuth(sessions)
	return rig.Row{Handler: auth.LoadAndSave(rig.Me(wxauth.OpenID)), Request: rig.Request(token)}
}

// BenchmarkRequest is a request of a user who is logged in, without a network.
func BenchmarkRequest(b *testing.B) {
	for _, row := range []struct {
		name string
		row  rig.Row
	}{
		{"bare", rig.Row{Handler: rig.Anybody, Request: rig.Request("")}},
		{"identify-nobody", identifyNobody()},
		{"floor", rig.Floor()},
		{"require-plain", rig.Require(plainTokens())},
		{"require", rig.Require(wxauth.NewSessions())},
		{"require-10KB", requireWith10KB(b)},
		{"floor-hashed", rig.HashedFloor()},
		{"store-plain", rig.StoreFloor(func(token string) string { return token })},
		{"store-hashed", rig.StoreFloor(rig.StoredKey)},
		{"load-and-save-plain", loadAndSave(plainTokens())},
		{"load-and-save", loadAndSave(wxauth.NewSessions())},
		{"scs-load-plain", rig.SCSBearer(plainTokens())}, // the floor of load-and-save-plain
		{"scs-load", rig.SCSBearer(wxauth.NewSessions())},
		{"scs-default", rig.SCSDefault(nil)},
		{"scs-bearer", rig.SCSBearer(scs.New())},
	} {
		b.Run(row.name, func(b *testing.B) { rig.Serve(b, row.row) })
	}
}
