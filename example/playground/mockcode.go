package playground

import (
	"encoding/json"
	"net/http"
)

// mockCode is what wx.login gives in WeChat's developer tools for a project
// without an AppID (touristappid). WeChat does not accept it, nor does package
// wxauth.
const mockCode = "the code is a mock one"

// codeOf implements Config.Code. It replaces the mock code by a code of a made-up
// user, so that a front-end developer without an AppID can log in. It leaves all
// other codes to package wxauth.
func (p *phones) codeOf(r *http.Request) (code, appID string) {
	code = r.FormValue("code") // of a query or a form
	if code == "" {
		var body struct {
			Code string `json:"code"`
		}
		json.NewDecoder(r.Body).Decode(&body) // package wxauth reports malformed JSON
		code = body.Code
	}
	if code != mockCode {
		return "", ""
	}
	return p.wechat.Phone(p.app.ID, p.openID("tourist")).Login(), ""
}
