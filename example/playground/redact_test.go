package playground_test

import (
	"net/http"
	"strings"
	"testing"

	"example.com/wxlogin/wxauth"
)

func TestEmptyObjects(t *testing.T) {
	for body, want := range map[string]string{
		`{}`:          "\n\n{}",
		`{"user":{}}`: "\n\n{\n  \"user\": {}\n}",
	} {
		base := start(t, &wxauth.Config{Apps: make([]wxauth.App, 1)}).URL
		resp, err := http.Post(base+"/login", "application/json", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if got := arrows(t, base)[0]; !strings.HasSuffix(got.Text, want) {
			t.Errorf("%s: the page shows %q, want %q at the end", body, got.Text, want)
		}
	}
}
