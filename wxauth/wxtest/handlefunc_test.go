package wxtest_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/wxlogin/wxauth/wxtest"
)

const (
	secCheck  = "/wxa/msg_sec_check"
	riskOfURL = "/wxa/risk"
)

func TestHandleFunc(t *testing.T) {
	prepare := func(w *world) {
		w.wechat.HandleFunc("POST "+secCheck, func(rw http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			w.wechat.Count("") // the handler is allowed to use the Server
			switch string(body) {
			case "image":
				rw.Header().Set("Content-Type", "image/jpeg")
				rw.Write([]byte("\xff\xd8\xff"))
			case "status":
				rw.WriteHeader(http.StatusBadGateway)
			default:
				fmt.Fprintf(rw, `{"errcode":87014,"host":%q,"type":%q,"body":%q}`, r.Host, r.Header.Get("X-Type"), body)
			}
		})
		w.wechat.HandleFunc("GET "+riskOfURL, func(rw http.ResponseWriter, r *http.Request) {
			fmt.Fprint(rw, `{"id":"`+r.FormValue("id")+`"}`)
		})
	}
	send := func(method, path, body string, changes ...string) func(*world) string {
		return func(w *world) string {
			prepare(w)
			q := params(append([]string{"access_token", w.token(false).Token}, changes...)...)
			return w.send(method, path, q, body)
		}
	}
	testReplies(t, []replyTest{
		{"JSON", func(w *world) string {
			got := send("POST", secCheck, "text")(w)
			return strings.Replace(got, strings.TrimPrefix(strings.TrimPrefix(w.base, "http://"), "https://"), "HOST", 1)
		}, `200 application/json {"errcode":87014,"host":"HOST","type":"","body":"text"}`},
		{"image", send("POST", secCheck, "image"), "200 image/jpeg \xff\xd8\xff"},
		{"status", send("POST", secCheck, "status"), "502 application/json "},
		{"query", send("GET", riskOfURL, "", "id", "7"), `200 application/json {"id":"7"}`},
		{"GET instead of POST", send("GET", secCheck, ""), jsonError(43002, "require POST method")},
		{"POST instead of GET", send("POST", riskOfURL, ""), jsonError(43001, "require GET method")},
		{"no access_token", send("POST", secCheck, "", "access_token", ""), jsonError(41001, "access_token missing")},
		{"malformed access_token", send("POST", secCheck, "", "access_token", "x"), jsonError(40014, "invalid access_token")},
		{"unknown access_token", send("POST", secCheck, "", "access_token", strings.Repeat("x", 512)), jsonError(40001, badToken)},
		{"in chunks", func(w *world) string {
			prepare(w)
			return w.sendBody("POST", secCheck, params("access_token", w.token(false).Token), io.MultiReader(strings.NewReader("x")))
		}, "412 text/html "},
		{"fault", func(w *world) string {
			w.wechat.FailNext(wxtest.Fault{Path: secCheck, ErrCode: -1})
			return send("POST", secCheck, "")(w)
		}, jsonError(-1, "system error")},
		{"another path", send("POST", secCheck+"s", ""), "404 text/html "},
	})
}

func TestHandleFuncCall(t *testing.T) {
	w := overTransport(t)
	w.wechat.HandleFunc("POST "+secCheck, func(rw http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(rw, `{"errcode":87014,"errmsg":"risky content","detail":"hidden"}`)
	})
	w.send("POST", secCheck, params("access_token", w.token(false).Token), `{"content":"hidden","openid":"u"}`)
	calls := w.wechat.Calls()
	got := calls[len(calls)-1]
	want := wxtest.Call{
		Time: got.Time, Host: "api.weixin.qq.com", Method: "POST", Path: secCheck, AppID: appID, Status: 200, ErrCode: 87014,
		Request: `access_token=[withheld] {"[withheld]":"[withheld]","openid":"u"}`,
		Reply:   `{"[withheld]":"[withheld]","errcode":87014,"errmsg":"risky content"}`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("call (-want +got):\n%s", diff)
	}
}

func TestHandleFuncPanics(t *testing.T) {
	w := overTransport(t)
	handler := func(http.ResponseWriter, *http.Request) {}
	w.wechat.HandleFunc("POST "+secCheck, handler)
	for _, pattern := range []string{"", secCheck, "POST", "POST wxa", "PUT /wxa/x", "GET  /x", "POST " + secCheck, "GET " + secCheck, "GET " + login} {
		t.Run(pattern, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			w.wechat.HandleFunc(pattern, handler)
		})
	}
	w.phone.Login() // blocks if a panic left the Server locked
}
