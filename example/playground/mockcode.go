package playground

import (
	"encoding/json"
	"net/http"
)

// mockCode is the code that wx.login returns in WeChat's developer tools for a project
// without an AppID (touristappid). WeChat and package wxauth do not accept this code.
const mockCode = "the code is a mock one"

// codeOf implements Config.Code. It replaces the mock code with a code of a simulated
// user, so a front-end developer without an AppID can log in. It does not change other
// codes.
func (p *phones) codeOf(r *http.Request) (code, appID string) {
	code = r.FormValue("code") // the code in a query or a form
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
