package wxauth

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
)

const (
	maxLoginBody = 8 << 10
	maxCode      = 512
)

// readLogin takes code and appid from a request, and checks the code's shape.
func (a *Auth) readLogin(w http.ResponseWriter, r *http.Request) (code, appID string, err error) {
	if r.Method != http.MethodGet && r.Method != http.MethodPost {
		// HEAD too: a code is good for one use, and a HEAD has no answer.
		w.Header().Set("Allow", "GET, POST")
		return "", "", invalidRequest(http.StatusMethodNotAllowed, "want GET or POST")
	}
	if a.code != nil {
		code = a.code(r)
	}
	if code == "" {
		var codes, appIDs []string
		if r.Method == http.MethodGet {
			codes, appIDs, err = readValues(r.URL.RawQuery)
		} else {
			codes, appIDs, err = readBody(w, r)
		}
		if err != nil {
			return "", "", err
		}
		if len(codes) != 1 || len(appIDs) > 1 {
			return "", "", invalidRequest(http.StatusBadRequest, "want one code and at most one appid")
		}
		code = codes[0]
		if len(appIDs) == 1 {
			appID = appIDs[0]
		}
	}
	if !wellFormedCode(code) {
		return "", "", invalidRequest(http.StatusBadRequest, "malformed code")
	}
	return code, appID, nil
}

// readBody finds all codes and appids in a JSON object or a form.
func readBody(w http.ResponseWriter, r *http.Request) (codes, appIDs []string, err error) {
	b, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxLoginBody))
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		return nil, nil, invalidRequest(http.StatusRequestEntityTooLarge, "body over 8 KiB")
	} else if err != nil {
		return nil, nil, invalidRequest(http.StatusBadRequest, "body broke off")
	}
	if len(b) == 0 {
		return nil, nil, invalidRequest(http.StatusBadRequest, "no body")
	}
	mediaType, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	switch mediaType {
	case "application/json":
		members := map[string]*[]string{"code": &codes, "appid": &appIDs}
		if err := readMembers(b, members); err != nil {
			return nil, nil, invalidRequest(http.StatusBadRequest, "malformed JSON")
		}
		return codes, appIDs, nil
	case "application/x-www-form-urlencoded":
		return readValues(string(b))
	}
	return nil, nil, invalidRequest(http.StatusUnsupportedMediaType, "want application/json or application/x-www-form-urlencoded")
}

// readValues finds all codes and appids in a query or a form.
func readValues(text string) (codes, appIDs []string, err error) {
	v, err := url.ParseQuery(text)
	if err != nil {
		return nil, nil, invalidRequest(http.StatusBadRequest, "malformed query or form")
	}
	return v["code"], v["appid"], nil
}

// wellFormedCode reports whether WeChat can have given the code. Its form is not
// documented.
func wellFormedCode(code string) bool {
	return code != "" && len(code) <= maxCode &&
		!strings.ContainsFunc(code, func(r rune) bool { return r < ' ' || r == 0x7f })
}

// readMembers reads string members of a JSON object. Unlike encoding/json it
// tells names apart by case, and collects every member of a name.
func readMembers(b []byte, members map[string]*[]string) error {
	d := json.NewDecoder(bytes.NewReader(b))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return errors.New("not an object")
	}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return err
		}
		member := members[name.(string)]
		if member == nil {
			if err := d.Decode(new(json.RawMessage)); err != nil {
				return err
			}
			continue
		}
		var value *string
		if err := d.Decode(&value); err != nil {
			return err
		}
		if value == nil {
			return errors.New("null")
		}
		*member = append(*member, *value)
	}
	if _, err := d.Token(); err != nil { // the closing brace
		return err
	}
	if _, err := d.Token(); err != io.EOF {
		return errors.New("more than one value")
	}
	return nil
}
