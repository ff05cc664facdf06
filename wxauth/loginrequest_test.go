package wxauth_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/wxlogin/wxauth"
	"example.com/wxlogin/wxauth/wxapi"
)

type reply struct {
	Status int
	Header http.Header
	Body   string
}

func replyOf(w *httptest.ResponseRecorder) reply {
	r := w.Result()
	b, _ := io.ReadAll(r.Body)
	return reply{r.StatusCode, r.Header, string(b)}
}

const (
	asJSON = "application/json"
	asForm = "application/x-www-form-urlencoded"
)

func refusal(status int, title, detail string) reply {
	r := reply{
		Status: status,
		Header: http.Header{"Cache-Control": {"no-store"}, "Content-Type": {"application/problem+json"}},
	}
	r.Body = `{"title":"` + title + `","status":` + map[int]string{400: "400", 405: "405", 413: "413", 415: "415"}[status] +
		`,"detail":"` + detail + `","code":"invalid_request"}` + "\n"
	if status == http.StatusMethodNotAllowed {
		r.Header.Set("Allow", "GET, POST")
	}
	return r
}

// TestBadInput checks that a login request with a mistake is refused without a call to
// WeChat or the store. The detail of the reply must describe the mistake.
func TestBadInput(t *testing.T) {
	bad := func(detail string) reply { return refusal(400, "Bad Request", detail) }
	var (
		noBody   = bad("the body is empty")
		noJSON   = bad("the body is malformed JSON; send one object")
		noForm   = bad("the query or form is malformed")
		notOne   = bad(`\"code\" and \"appid\" may each be given once`)
		noCode   = bad(`\"code\" is missing; send the code that wx.login gives`)
		codeType = bad(`\"code\" must be a string`)
		appType  = bad(`\"appid\" must be a string`)
		withBOM  = bad("the JSON begins with a byte order mark; send it without")
		isText   = func(text string) reply {
			return bad("the code is the text " + text + "; send the code member of what wx.login gives, in its success callback")
		}
		isMock    = bad("the developer tools gave a mock code; open the project with a real AppID instead of the tourist one")
		isJSON    = bad("the code is JSON; send only the code member of what wx.login gives")
		isZip     = refusal(415, "Unsupported Media Type", "the body has a Content-Encoding; send it without")
		malformed = bad("the code is malformed")
		noApp     = bad("the appid is not one that this server serves")
		tooLarge  = refusal(413, "Request Entity Too Large", "the body is over 8 KiB")
		noMethod  = refusal(405, "Method Not Allowed", "use GET or POST")
		noType    = refusal(415, "Unsupported Media Type", "use application/json or application/x-www-form-urlencoded")
	)
	long := strings.Repeat("c", 513)
	type request struct{ method, target, contentType, body string } // the contentType "gzip" stands for JSON with Content-Encoding: gzip
	tests := map[string]struct {
		request
		want reply
	}{
		"no body":                {request{"POST", "/", asJSON, ""}, noBody},
		"no body and no type":    {request{"POST", "/", "", ""}, noBody},
		"code in a POST's query": {request{"POST", "/?code=c", asJSON, ""}, noBody},
		"1 MiB":                  {request{"POST", "/", asJSON, `{"code":"c","x":"` + strings.Repeat("x", 1<<20) + `"}`}, tooLarge},
		"1 MiB form":             {request{"POST", "/", asForm, "code=c&x=" + strings.Repeat("x", 1<<20)}, tooLarge},
		"8 KiB and a byte":       {request{"POST", "/", asJSON, `{"code":"c"}` + strings.Repeat(" ", 8<<10+1-12)}, tooLarge},

		"array":             {request{"POST", "/", asJSON, `["c"]`}, noJSON},
		"number":            {request{"POST", "/", asJSON, `7`}, noJSON},
		"string":            {request{"POST", "/", asJSON, `"c"`}, noJSON},
		"null":              {request{"POST", "/", asJSON, `null`}, noJSON},
		"space":             {request{"POST", "/", asJSON, " "}, noJSON},
		"cut off":           {request{"POST", "/", asJSON, `{"code":"c"`}, noJSON},
		"cut off in a name": {request{"POST", "/", asJSON, `{"code":"c","app`}, noJSON},
		"two values":        {request{"POST", "/", asJSON, `{"code":"c"}{"code":"d"}`}, noJSON},
		"a word after it":   {request{"POST", "/", asJSON, `{"code":"c"} or so`}, noJSON},
		"comma at the end":  {request{"POST", "/", asJSON, `{"code":"c",}`}, noJSON},
		"code a number":     {request{"POST", "/", asJSON, `{"code":7}`}, codeType},
		"code null":         {request{"POST", "/", asJSON, `{"code":null}`}, codeType},
		"code a list":       {request{"POST", "/", asJSON, `{"code":["c"]}`}, codeType},
		"code an object":    {request{"POST", "/", asJSON, `{"code":{"code":"c"}}`}, codeType},
		"appid a number":    {request{"POST", "/", asJSON, `{"code":"c","appid":7}`}, appType},
		"appid null":        {request{"POST", "/", asJSON, `{"code":"c","appid":null}`}, appType},
		"deep":              {request{"POST", "/", asJSON, `{"code":"c","x":` + strings.Repeat("[", 8000) + "}"}, noJSON},
		"BOM":               {request{"POST", "/", asJSON, "\ufeff" + `{"code":"c"}`}, withBOM},

		"no code":                {request{"POST", "/", asJSON, `{}`}, noCode},
		"code in another case":   {request{"POST", "/", asJSON, `{"Code":"c"}`}, noCode},
		"two codes":              {request{"POST", "/", asJSON, `{"code":"c","code":"d"}`}, notOne},
		"two codes, one escaped": {request{"POST", "/", asJSON, `{"code":"c","\u0063ode":"d"}`}, notOne},
		"the same code twice":    {request{"POST", "/", asJSON, `{"code":"c","code":"c"}`}, notOne},
		"two appids":             {request{"POST", "/", asJSON, `{"code":"c","appid":"` + appID + `","appid":"wx2"}`}, notOne},
		"no code in a form":      {request{"POST", "/", asForm, "appid=" + appID}, noCode},
		"two codes in a form":    {request{"POST", "/", asForm, "code=c&code=d"}, notOne},
		"two appids in a form":   {request{"POST", "/", asForm, "code=c&appid=" + appID + "&appid=" + appID}, notOne},
		"no query":               {request{"GET", "/", "", ""}, noCode},
		"code in a GET's body":   {request{"GET", "/", asJSON, `{"code":"c"}`}, noCode},
		"two codes in a query":   {request{"GET", "/?code=c&code=d", "", ""}, notOne},
		"two appids in a query":  {request{"GET", "/?code=c&appid=&appid=" + appID, "", ""}, notOne},

		"empty code":            {request{"POST", "/", asJSON, `{"code":""}`}, malformed},
		"empty code in a form":  {request{"POST", "/", asForm, "code="}, malformed},
		"empty code in a query": {request{"GET", "/?code=", "", ""}, malformed},
		"513 bytes":             {request{"POST", "/", asJSON, `{"code":"` + long + `"}`}, malformed},
		"513 bytes, 171 runes":  {request{"POST", "/", asJSON, `{"code":"` + strings.Repeat("☃", 171) + `"}`}, malformed},
		"513 bytes in a form":   {request{"POST", "/", asForm, "code=" + long}, malformed},
		"513 bytes in a query":  {request{"GET", "/?code=" + long, "", ""}, malformed},
		"newline":               {request{"POST", "/", asJSON, `{"code":"c\n"}`}, malformed},
		"NUL":                   {request{"POST", "/", asJSON, `{"code":"\u0000c"}`}, malformed},
		"0x1f":                  {request{"POST", "/", asJSON, `{"code":"c\u001f"}`}, malformed},
		"0x7f":                  {request{"POST", "/", asJSON, `{"code":"c` + "\x7f" + `"}`}, malformed},
		"newline in a form":     {request{"POST", "/", asForm, "code=c%0d%0a"}, malformed},
		"0x7f in a query":       {request{"GET", "/?code=%7f", "", ""}, malformed},

		"unknown appid":            {request{"POST", "/", asJSON, `{"code":"c","appid":"wx0000000000000000"}`}, noApp},
		"unknown appid in a form":  {request{"POST", "/", asForm, "code=c&appid=x"}, noApp},
		"unknown appid in a query": {request{"GET", "/?code=c&appid=x", "", ""}, noApp},
		"appid in another case":    {request{"GET", "/?code=c&appid=" + strings.ToUpper(appID), "", ""}, noApp},

		"malformed query":          {request{"GET", "/?code=c&x=%zz", "", ""}, noForm},
		"semicolon in a query":     {request{"GET", "/?code=c;appid=x", "", ""}, noForm},
		"malformed form":           {request{"POST", "/", asForm, "code=%"}, noForm},
		"JSON that is called form": {request{"POST", "/", asForm, `{"code":"c;"}`}, noForm},

		"the text undefined":       {request{"POST", "/", asJSON, `{"code":"undefined"}`}, isText("undefined")},
		"the text null":            {request{"GET", "/?code=null", "", ""}, isText("null")},
		"the text [object Object]": {request{"POST", "/", asForm, "code=[object+Object]"}, isText("[object Object]")},
		"the text NaN":             {request{"GET", "/?code=NaN", "", ""}, isText("NaN")},
		"mock code":                {request{"POST", "/", asJSON, `{"code":"the code is a mock one"}`}, isMock},
		"another mock code":        {request{"POST", "/", asForm, "code=this+code+is+a+mock+one"}, isMock},
		"JSON for a code":          {request{"POST", "/", asJSON, `{"code":"{\"code\":\"c\"}"}`}, isJSON},

		"no type":          {request{"POST", "/", "", `{"code":"c"}`}, noType},
		"text":             {request{"POST", "/", "text/plain", `{"code":"c"}`}, noType},
		"multipart":        {request{"POST", "/", "multipart/form-data; boundary=x", "--x\r\n"}, noType},
		"malformed type":   {request{"POST", "/", "application/json json", `{"code":"c"}`}, noType},
		"JSON of a patch":  {request{"POST", "/", "application/json-patch+json", `{"code":"c"}`}, noType},
		"form called JSON": {request{"POST", "/", asJSON, "code=c"}, noJSON},

		"gzip": {request{"POST", "/", "gzip", "\x1f\x8b\x08\x00"}, isZip},

		"PUT":     {request{"PUT", "/", asJSON, `{"code":"c"}`}, noMethod},
		"PATCH":   {request{"PATCH", "/", asJSON, `{"code":"c"}`}, noMethod},
		"DELETE":  {request{"DELETE", "/?code=c", "", ""}, noMethod},
		"HEAD":    {request{"HEAD", "/?code=c", "", ""}, noMethod},
		"OPTIONS": {request{"OPTIONS", "/?code=c", "", ""}, noMethod},
		"TRACE":   {request{"TRACE", "/?code=c", "", ""}, noMethod},
		"made up": {request{"post", "/?code=c", "", ""}, noMethod},
	}
	store := newTestStore()
	auth, _ := newAuth(t, wxauth.Config{API: noTransport(t), Sessions: sessionsIn(store)})
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			r := httptest.NewRequest(test.method, test.target, strings.NewReader(test.body))
			if test.contentType == "gzip" {
				r.Header.Set("Content-Encoding", "gzip")
				test.contentType = asJSON
			}
			if test.contentType != "" {
				r.Header.Set("Content-Type", test.contentType)
			}
			w := httptest.NewRecorder()
			auth.LoginHandler().ServeHTTP(w, r)
			if diff := cmp.Diff(test.want, replyOf(w)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	if ops := store.list(); ops != "" {
		t.Errorf("operations of the store: %s, want none", ops)
	}
}

// TestGoodInput checks that WeChat gets exactly the code of a login request that is valid
// but unusual.
func TestGoodInput(t *testing.T) {
	long := strings.Repeat("c", 512)
	tests := map[string]struct{ method, target, contentType, body, code string }{
		"512 bytes":          {"POST", "/", asJSON, `{"code":"` + long + `"}`, long},
		"8 KiB":              {"POST", "/", asJSON, `{"code":"c"}` + strings.Repeat(" ", 8<<10-12), "c"},
		"charset":            {"POST", "/", "Application/JSON; charset=utf-8", `{"code":"c"}`, "c"},
		"odd parameter":      {"POST", "/", "application/json; charset", `{"code":"c"}`, "c"},
		"other members":      {"POST", "/", asJSON, ` {"x":[{}],"code" : "c","appid":"", "X":null} `, "c"},
		"escapes":            {"POST", "/", asJSON, `{"code":"a\u0026b\/☃ \""}`, `a&b/☃ "`},
		"form":               {"POST", "/", asForm, "code=a%26b+c&appid=" + appID, "a&b c"},
		"query":              {"GET", "/?x=1&code=a%26b+c&appid=" + appID, asJSON, "", "a&b c"},
		"POST with a query":  {"POST", "/?code=d&appid=x", asJSON, `{"code":"c"}`, "c"},
		"the code of a code": {"POST", "/", asForm, "code=" + url.QueryEscape("%26code=x"), "%26code=x"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var got []string
			auth, _ := newAuth(t, wxauth.Config{API: wxapi.Options{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
				got = r.URL.Query()["js_code"]
				return &http.Response{StatusCode: 200, Body: io.NopCloser(strings.NewReader(`{"openid":"o","session_key":"k"}`))}, nil
			})}})
			r := httptest.NewRequest(test.method, test.target, strings.NewReader(test.body))
			r.Header.Set("Content-Type", test.contentType)
			w := httptest.NewRecorder()
			auth.LoginHandler().ServeHTTP(w, r)
			if diff := cmp.Diff([]string{test.code}, got); w.Code != http.StatusOK || diff != "" {
				t.Errorf("got %d %s, code (-want +got):\n%s", w.Code, w.Body, diff)
			}
		})
	}
}

func TestBodyBreaksOff(t *testing.T) {
	auth, _ := newAuth(t, wxauth.Config{API: noTransport(t)})
	r := httptest.NewRequest("POST", "/", io.MultiReader(strings.NewReader(`{"code":"c"}`), errorReader{}))
	r.Header.Set("Content-Type", asJSON)
	w := httptest.NewRecorder()
	auth.LoginHandler().ServeHTTP(w, r)
	if diff := cmp.Diff(refusal(400, "Bad Request", "the request body is incomplete"), replyOf(w)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

type errorReader struct{}

func (errorReader) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func TestBadMethod(t *testing.T) {
	auth, _ := newAuth(t, wxauth.Config{})
	for name, test := range map[string]struct {
		h      http.Handler
		allow  string
		detail string
	}{
		"logout":  {auth.LogoutHandler(), "POST, DELETE", "use POST or DELETE"},
		"session": {auth.SessionHandler(), "GET, HEAD", "use GET"},
	} {
		for _, method := range []string{"GET", "HEAD", "POST", "DELETE", "PUT", "PATCH", "OPTIONS"} {
			if strings.Contains(test.allow, method) {
				continue
			}
			want := refusal(405, "Method Not Allowed", test.detail)
			want.Header.Set("Allow", test.allow)
			if diff := cmp.Diff(want, replyOf(serve(test.h, method, "/", "", ""))); diff != "" {
				t.Errorf("%s %s (-want +got):\n%s", method, name, diff)
			}
		}
	}
}

// FuzzLogin checks that LoginHandler answers every request with a login or with
// invalid_request. After a login, WeChat must have got the code that encoding/json or
// net/url reads from the request. If the answer is invalid_request, WeChat must not have
// been called.
func FuzzLogin(f *testing.F) {
	for _, seed := range []struct{ method, query, contentType, body string }{
		{"POST", "", asJSON, `{"code":"c","appid":"` + appID + `"}`},
		{"POST", "", asJSON, `{"code":"c","code":"d"}`},
		{"POST", "", asJSON, `{"\u0063ode":"a\u0000","appid":null}`},
		{"POST", "", asJSON, `{"code":"c","x":[[[{"code":1}]]]}{}`},
		{"POST", "", asForm, "code=a%26b+c&appid="},
		{"POST", "", asForm, "code=%zz;"},
		{"POST", "code=c", "text/plain; charset=utf-8", "code=c"},
		{"GET", "code=c&appid=" + appID, "", ""},
		{"GET", "code=%7f%ff", "", ""},
		{"HEAD", "code=c", "", ""},
	} {
		f.Add(seed.method, seed.query, seed.contentType, seed.body)
	}
	f.Fuzz(func(t *testing.T, method, query, contentType, body string) {
		var sent []string
		auth, _ := newAuth(t, wxauth.Config{API: wxapi.Options{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
			sent = append(sent, r.URL.Query()["js_code"]...)
			return &http.Response{StatusCode: 200, Body: io.NopCloser(strings.NewReader(`{"openid":"o","session_key":"k"}`))}, nil
		})}})
		r := httptest.NewRequest("POST", "/", strings.NewReader(body))
		r.Method, r.URL.RawQuery = method, query
		r.Header.Set("Content-Type", contentType)
		w := httptest.NewRecorder()
		auth.LoginHandler().ServeHTTP(w, r)
		switch {
		case w.Code == http.StatusOK:
			form, _ := url.ParseQuery(query)
			if method == "POST" {
				form, _ = url.ParseQuery(body)
			}
			object := make(map[string]any)
			json.Unmarshal([]byte(body), &object)
			if len(sent) != 1 || sent[0] != form.Get("code") && sent[0] != object["code"] ||
				sent[0] == "" || len(sent[0]) > 512 || strings.ContainsFunc(sent[0], func(r rune) bool { return r < ' ' || r == 0x7f }) {
				t.Errorf("logged in with %q", sent)
			}
		case w.Code < 400 || w.Code >= 500 || code(w) != "invalid_request" || len(sent) > 0:
			t.Errorf("got %d %s, sent %q", w.Code, w.Body, sent)
		}
	})
}
