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

func plainTokens() *scs.SessionManager {
	sessions := wxauth.NewSessions()
	sessions.HashTokenInStore = false
	return sessions
}

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

func identifyNobody() rig.Row {
	auth, _, _ := rig.NewAuth(wxauth.NewSessions())
	return rig.Row{Handler: auth.Identify(rig.Anybody), Request: rig.Request("")}
}

func loadAndSave(sessions *scs.SessionManager) rig.Row {
	auth, _, token := rig.NewAuth(sessions)
	return rig.Row{Handler: auth.LoadAndSave(rig.Me(wxauth.OpenID)), Request: rig.Request(token)}
}

// BenchmarkRequest measures a logged-in user's request, without a network. In the
// sub-benchmarks bare and identify-nobody, the request has no token.
func BenchmarkRequest(b *testing.B) {
	for _, row := range []struct {
		name string
		row  rig.Row
	}{
		{"bare", rig.Row{Handler: rig.Anybody, Request: rig.Request("")}},
		{"identify-nobody", identifyNobody()},
		{"floor", rig.Map(rig.Plain)},
		{"require-plain", rig.Require(plainTokens())},
		{"store-plain", rig.Store(rig.Plain)},
		{"store-hashed", rig.Store(rig.StoreKey)},
		{"require", rig.Require(wxauth.NewSessions())},
		{"require-10KB", requireWith10KB(b)},
		{"floor-hashed", rig.Map(rig.StoreKey)},
		{"load-and-save-plain", loadAndSave(plainTokens())},
		{"load-and-save", loadAndSave(wxauth.NewSessions())},
		{"scs-load-plain", rig.SCSBearer(plainTokens())},
		{"scs-load", rig.SCSBearer(wxauth.NewSessions())},
		{"scs-default", rig.SCSDefault(nil)},
		{"scs-bearer", rig.SCSBearer(scs.New())},
	} {
		b.Run(row.name, func(b *testing.B) { rig.Serve(b, row.row) })
	}
}
