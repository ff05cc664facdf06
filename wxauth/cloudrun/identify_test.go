package cloudrun_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/wxlogin/wxauth"
	"example.com/wxlogin/wxauth/cloudrun"
)

const (
	appID    = "wx4f4bc4dec97d474b"
	hostID   = "wx20afc706a711eefc" // owns a Cloud Run environment and shares it with appID
	openID   = "oGZUI0egBJY1zhBYw2KhdUfwVJJE"
	victimID = "oGZUI0eVictim0BYw2KhdUfwVJJE"
	unionID  = "ocMvos6NjeKLIBqg5Mr9QjxrP1FA"
)

// identityOf takes the names and values of headers in turn.
func identityOf(t *testing.T, headers ...string) (wxauth.Identity, bool) {
	t.Helper()
	r := httptest.NewRequest("GET", "/", nil)
	for i := 0; i < len(headers); i += 2 {
		r.Header[headers[i]] = append(r.Header[headers[i]], headers[i+1]) // Header.Add could change the case of the header's name
	}
	var id wxauth.Identity
	var ok, reached bool
	h := cloudrun.Identify(appID, "wx0another")(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		id, ok = wxauth.FromContext(r.Context())
		reached = true
	}))
	h.ServeHTTP(httptest.NewRecorder(), r)
	if !reached {
		t.Error("the request did not reach the handler")
	}
	return id, ok
}

func TestAttacks(t *testing.T) {
	const (
		source, user, app, union = "X-Wx-Source", "X-Wx-Openid", "X-Wx-Appid", "X-Wx-Unionid"
		fromUser, fromApp        = "X-Wx-From-Openid", "X-Wx-From-Appid"
		fromUnion                = "X-Wx-From-Unionid"
	)
	plain := func(more ...string) []string {
		return append([]string{source, "wx_client", user, openID, app, appID}, more...)
	}
	shared := func(more ...string) []string {
		return append([]string{source, "wx_client", app, hostID, fromUser, openID, fromApp, appID}, more...)
	}
	nobody := wxauth.Identity{}
	somebody := wxauth.Identity{AppID: appID, OpenID: openID}
	withUnion := wxauth.Identity{AppID: appID, OpenID: openID, UnionID: unionID}
	for _, test := range []struct {
		name    string
		headers []string
		want    wxauth.Identity
	}{
		{"WeChat's headers", plain(), somebody},
		{"with a unionid", plain(union, unionID), withUnion},
		{"with an empty unionid", plain(union, ""), somebody},
		{"with other headers", plain("X-Wx-Env", "prod", "X-Wx-Service", "api", "X-Original-Forwarded-For", "1.2.3.4"), somebody},
		{"source is a chain", []string{source, "wx_client,scf", user, openID, app, appID}, somebody},
		{"second app of the list", []string{source, "wx_client", user, openID, app, "wx0another"}, wxauth.Identity{AppID: "wx0another", OpenID: openID}},

		{"no headers", nil, nobody},
		{"source missing", []string{user, openID, app, appID}, nobody},
		{"source empty", []string{source, "", user, openID, app, appID}, nobody},
		{"openid missing", []string{source, "wx_client", app, appID}, nobody},
		{"openid empty", []string{source, "wx_client", user, "", app, appID}, nobody},
		{"appid missing", []string{source, "wx_client", user, openID}, nobody},
		{"foreign appid", []string{source, "wx_client", user, openID, app, "wx0000000000000000"}, nobody},
		{"appid in capitals", []string{source, "wx_client", user, openID, app, strings.ToUpper(appID)}, nobody},

		{"shared environment", shared(), somebody},
		{"shared, with a unionid", shared(fromUnion, unionID), withUnion},
		{"shared, the host's unionid", shared(union, unionID), somebody},
		{"shared, without the host's appid", []string{source, "wx_client", fromUser, openID, fromApp, appID}, somebody},
		{"shared, with an access token", shared("X-Wx-From-Cloudbase-Access-Token", "x"), somebody},
		{"FROM-OPENID with the host's appid", []string{source, "wx_client", fromUser, openID, app, appID}, nobody},
		{"FROM-OPENID with a foreign FROM-APPID", []string{source, "wx_client", fromUser, openID, fromApp, hostID, app, appID}, nobody},
		{"OPENID with FROM-APPID", []string{source, "wx_client", user, openID, fromApp, appID}, nobody},
		{"both OPENID and FROM-OPENID", shared(user, victimID), nobody},
		{"both, the same user", shared(user, openID), nobody},
		{"an empty OPENID beside FROM-OPENID", shared(user, ""), nobody},
		{"an empty FROM-OPENID beside OPENID", plain(fromUser, ""), nobody},
		{"an empty FROM-APPID beside OPENID", plain(fromApp, ""), nobody},
		{"an unknown FROM header beside OPENID", plain("X-Wx-From-Anything", "x"), nobody},
		{"shared, FROM-UNIONID malformed", shared(fromUnion, "a b"), nobody},

		{"openid twice", plain(user, victimID), nobody},
		{"the same openid twice", plain(user, openID), nobody},
		{"openids joined by a proxy", []string{source, "wx_client", user, victimID + ", " + openID, app, appID}, nobody},
		{"openids joined without a space", []string{source, "wx_client", user, victimID + "," + openID, app, appID}, nobody},
		{"appid twice", plain(app, "wx0000000000000000"), nobody},
		{"appids joined", []string{source, "wx_client", user, openID, app, appID + "," + appID}, nobody},
		{"unionid twice", plain(union, unionID, union, unionID), nobody},
		{"empty unionid twice", plain(union, "", union, ""), nobody},
		{"unionids joined", plain(union, unionID+","+unionID), nobody},
		{"FROM-OPENID twice", shared(fromUser, victimID), nobody},
		{"FROM-APPID twice", shared(fromApp, hostID), nobody},

		{"128 characters", []string{source, "wx_client", user, strings.Repeat("x", 128), app, appID}, wxauth.Identity{AppID: appID, OpenID: strings.Repeat("x", 128)}},
		{"129 characters", []string{source, "wx_client", user, strings.Repeat("x", 129), app, appID}, nobody},
		{"all allowed characters", []string{source, "wx_client", user, "azAZ09_-", app, appID}, wxauth.Identity{AppID: appID, OpenID: "azAZ09_-"}},
		{"space in front", []string{source, "wx_client", user, " " + openID, app, appID}, nobody},
		{"space inside", []string{source, "wx_client", user, "a b", app, appID}, nobody},
		{"line end", []string{source, "wx_client", user, openID + "\n", app, appID}, nobody},
		{"zero byte", []string{source, "wx_client", user, "a\x00b", app, appID}, nobody},
		{"DEL", []string{source, "wx_client", user, "a\x7fb", app, appID}, nobody},
		{"not ASCII", []string{source, "wx_client", user, "aéb", app, appID}, nobody},
		{"percent", []string{source, "wx_client", user, "a%20b", app, appID}, nobody},
		{"slash", []string{source, "wx_client", user, "a/b", app, appID}, nobody},
		{"control character in the unionid", plain(union, "a\tb"), nobody},

		{"names in lower case", []string{"x-wx-source", "wx_client", "x-wx-openid", openID, "x-wx-appid", appID}, somebody},
		{"openid twice, once in lower case", plain("x-wx-openid", victimID), nobody},
		{"FROM-OPENID in lower case beside OPENID", plain("x-wx-from-openid", ""), nobody},
		{"underscores for hyphens", []string{"X_WX_SOURCE", "wx_client", "X_WX_OPENID", openID, "X_WX_APPID", appID}, nobody},
	} {
		t.Run(test.name, func(t *testing.T) {
			id, ok := identityOf(t, test.headers...)
			if diff := cmp.Diff(test.want, id); diff != "" || ok != (test.want != nobody) {
				t.Errorf("identified %t (-want +got):\n%s", ok, diff)
			}
		})
	}
}

// The server of net/http converts header names to the canonical form. X-WX-OPENID and
// x-wx-openid are then one repeated header, and a request with both must identify nobody.
func TestIdentifyOverHTTP(t *testing.T) {
	server := httptest.NewServer(cloudrun.Identify(appID)(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, wxauth.OpenID(r.Context()))
	})))
	defer server.Close()
	for header, want := range map[string]string{
		"x-wx-source: wx_client\r\nx-wx-openid: " + openID + "\r\nx-wx-appid: " + appID:                                  openID,
		"x-wx-source: wx_client\r\nX-WX-OPENID: " + openID + "\r\nx-wx-openid: " + victimID + "\r\nx-wx-appid: " + appID: "",
	} {
		if got := rawGet(t, server, header); got != want {
			t.Errorf("%s identifies %q, want %q", header, got, want)
		}
	}
}

func TestIdentifyKeepsOtherIdentities(t *testing.T) {
	var got string
	h := cloudrun.Identify(appID)(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = wxauth.OpenID(r.Context()) }))
	r := httptest.NewRequest("GET", "/", nil)
	r = r.WithContext(wxauth.NewContext(r.Context(), wxauth.Identity{AppID: appID, OpenID: "from a login"}))
	h.ServeHTTP(httptest.NewRecorder(), r)
	if got != "from a login" {
		t.Errorf("the identity is %q", got)
	}
}

func TestIdentifyWithoutApps(t *testing.T) {
	for _, ids := range [][]string{nil, {""}} {
		var ok bool
		h := cloudrun.Identify(ids...)(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { _, ok = wxauth.FromContext(r.Context()) }))
		for _, app := range []string{"", appID} {
			r := httptest.NewRequest("GET", "/", nil)
			r.Header.Set("X-WX-SOURCE", "wx_client")
			r.Header.Set("X-WX-OPENID", openID)
			r.Header.Set("X-WX-APPID", app)
			h.ServeHTTP(httptest.NewRecorder(), r)
			if ok {
				t.Errorf("Identify(%q) identifies a user of %q", ids, app)
			}
		}
	}
}

func TestIdentifyCopiesApps(t *testing.T) {
	ids := []string{appID}
	var ok bool
	h := cloudrun.Identify(ids...)(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { _, ok = wxauth.FromContext(r.Context()) }))
	ids[0] = hostID
	r := httptest.NewRequest("GET", "/", nil)
	r.Header.Set("X-WX-SOURCE", "wx_client")
	r.Header.Set("X-WX-OPENID", openID)
	r.Header.Set("X-WX-APPID", hostID)
	h.ServeHTTP(httptest.NewRecorder(), r)
	if ok {
		t.Error("a change of the caller's slice changed the list")
	}
}

// rawGet does not change the case of the header names.
func rawGet(t *testing.T, server *httptest.Server, header string) string {
	t.Helper()
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n%s\r\n\r\n", header)
	reply, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer reply.Body.Close()
	body, err := io.ReadAll(reply.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}
