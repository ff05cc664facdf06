package playground

import (
	"encoding/json"
	"net/http"
)

// mockCode is the code that wx.login returns in WeChat's developer tools for a project
// without an AppID. WeChat and package wxauth refuse this code.
const mockCode = "the code is a mock one"

// codeOf implements Config.Code. It replaces mockCode with a code of a simulated user,
// so front-end developers can log in without an AppID. For any other code it returns
// "", and package wxauth reads the code itself.
func (p *phones) codeOf(r *http.Request) (code, appID string) {
	code = r.FormValue("code")
	if code == "" {
		var body struct {
			Code string `json:"code"`
		}
		json.NewDecoder(r.Body).Decode(&body) // the error is ignored, because package wxauth reports malformed JSON
		code = body.Code
	}
	if code != mockCode {
		return "", ""
	}
	return p.wechat.Phone(p.app.ID, p.openID("tourist")).Login(), ""
}
