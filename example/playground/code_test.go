package playground_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write page/code.js instead of comparing it")

// region is a part of a file of the example. It starts with the only line that contains
// from. If that line opens a bracket, the region ends with the line that closes the
// bracket.
type region struct{ file, from string }

const (
	goMain  = "main.go"
	goApp   = "application.go"
	client  = "miniprogram/utils/wxauth.js"
	page    = "miniprogram/pages/index/index.js"
	pageXML = "miniprogram/pages/index/index.wxml"
)

// regions maps each arrow to the lines of the mini program and of the server that cause
// the arrow.
var regions = map[string][]region{
	"wx.login()":                            {{client, "function getCode("}},
	"POST /login":                           {{client, "function exchange("}, {goApp, `"POST /login"`}},
	"GET /wxopen/getOpenIdAndSessionKey":    {{goApp, `"GET /wxopen/getOpenIdAndSessionKey"`}},
	"GET /sns/jscode2session":               {{goMain, "config := wxauth.Config{"}, {goApp, `"POST /login"`}},
	"login":                                 {{goApp, "func findUser("}, {goApp, `"POST /login"`}},
	"GET /me":                               {{page, "  me() {"}, {goApp, `"GET /me"`}, {goApp, ") me("}},
	"GET /session":                          {{goApp, `"GET /session"`}},
	"wx.getWeRunData()":                     {{page, "function getWeRunData("}},
	"POST /steps":                           {{page, "  steps() {"}, {goApp, `"POST /steps"`}, {goApp, ") steps("}},
	"decrypt":                               {{goApp, "a.auth.Decrypt("}},
	"getPhoneNumber":                        {{pageXML, `open-type="getPhoneNumber"`}},
	"POST /phone":                           {{page, "  phone(event) {"}, {goApp, `"POST /phone"`}, {goApp, ") phone("}},
	"POST /cgi-bin/stable_token":            {{goApp, "a.auth.PhoneNumber("}},
	"POST /wxa/business/getuserphonenumber": {{goApp, "a.auth.PhoneNumber("}},
	"wx.checkSession()":                     {{client, "    prepare() {"}, {client, "function isSessionKeyValid("}},
	"GET /readyz":                           {{goApp, `"GET /readyz"`}, {goApp, ") ready("}},
	"POST /logout":                          {{client, "    logout() {"}, {goApp, `"POST /logout"`}},
	"logout":                                {{goApp, `"POST /logout"`}},
	"POST /logout/everywhere":               {{page, "  everywhere() {"}, {goApp, `"POST /logout/everywhere"`}, {goApp, ") logoutEverywhere("}},
	"revoke":                                {{goApp, "a.auth.Revoke("}},
}

type source struct {
	File string `json:"file"`
	Line int    `json:"line"`
	Text string `json:"text"`
}

// cut returns the lines of a region, without their common indentation.
func cut(r region) (source, error) {
	b, err := os.ReadFile(filepath.Join("..", r.file))
	if err != nil {
		return source{}, err
	}
	lines := strings.Split(string(b), "\n")
	first := -1
	for i, line := range lines {
		if strings.Contains(line, r.from) {
			if first >= 0 {
				return source{}, fmt.Errorf("%s has several lines with %q", r.file, r.from)
			}
			first = i
		}
	}
	if first < 0 {
		return source{}, fmt.Errorf("%s has no line with %q", r.file, r.from)
	}
	indent := lines[first][:len(lines[first])-len(strings.TrimLeft(lines[first], " \t"))]
	last := first
	if strings.ContainsAny(lines[first][len(lines[first])-1:], "{([") {
		for last++; !strings.HasPrefix(lines[last], indent) || strings.TrimLeft(lines[last][len(indent):], "})]") == lines[last][len(indent):]; last++ {
		}
	}
	var text []string
	for _, line := range lines[first : last+1] {
		text = append(text, strings.TrimPrefix(line, indent))
	}
	return source{"example/" + r.file, first + 1, strings.Join(text, "\n")}, nil
}

// TestCode checks that the page shows the current code of the example. After a change
// of the code, run this test with -update.
func TestCode(t *testing.T) {
	code := make(map[string][]source)
	for op, all := range regions {
		for _, r := range all {
			s, err := cut(r)
			if err != nil {
				t.Fatalf("%s: %v", op, err)
			}
			code[op] = append(code[op], s)
		}
	}
	var want bytes.Buffer
	want.WriteString("// Generated from the sources of the example by: go test ./example/playground -run Code -update\n\nexport const code = ")
	e := json.NewEncoder(&want)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(code); err != nil {
		t.Fatal(err)
	}
	const file = "page/code.js"
	if *update {
		if err := os.WriteFile(file, want.Bytes(), 0o666); err != nil {
			t.Fatal(err)
		}
		return
	}
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want.Bytes()) {
		t.Errorf("%s is not what the sources of the example say; run this test with -update", file)
	}
}
