package wxauth

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"

	"example.com/wxlogin/wxauth/wxapi"
)

const (
	maxLoginBody = 8 << 10
	maxCode      = 512
)

type loginRequest struct {
	client *wxapi.Client // calls WeChat for the app of the login
	code   string
	body   []byte // nil for a GET
}

// withBody returns a copy of a POST request. The body of the copy is unread. withBody
// returns a GET request unchanged.
func (q loginRequest) withBody(r *http.Request) *http.Request {
	if q.body == nil {
		return r
	}
	r = r.WithContext(r.Context())
	r.Body = io.NopCloser(bytes.NewReader(q.body))
	return r
}

func (a *Auth) readLogin(w http.ResponseWriter, r *http.Request) (q loginRequest, err error) {
	if r.Method != http.MethodGet && r.Method != http.MethodPost {
		// HEAD must not use up a code. A code works once, and the answer to HEAD has
		// no body for the token.
		w.Header().Set("Allow", "GET, POST")
		return q, invalidRequest(http.StatusMethodNotAllowed, "use GET or POST")
	}
	if r.Method == http.MethodPost {
		if q.body, err = readBody(w, r); err != nil {
			return q, err
		}
	}
	var appID string
	if a.code != nil {
		q.code, appID = a.code(q.withBody(r))
	}
	if q.code == "" || appID == "" {
		if err := q.complete(r, &appID); err != nil {
			return q, err
		}
	}
	if err := checkCode(q.code); err != nil {
		return q, err
	}
	q.client, err = a.loginApp(appID, r)
	return q, err
}

func readBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	if encoding := r.Header.Get("Content-Encoding"); encoding != "" && !strings.EqualFold(encoding, "identity") {
		return nil, invalidRequest(http.StatusUnsupportedMediaType, "the body has a Content-Encoding; send it without")
	}
	b, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxLoginBody))
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		return nil, invalidRequest(http.StatusRequestEntityTooLarge, "the body is over 8 KiB")
	} else if err != nil {
		return nil, invalidRequest(http.StatusBadRequest, "the request body is incomplete")
	}
	return b, nil
}

// complete sets the code and the appid, if Config.Code did not return them. It takes
// them from the query of a GET or from the body of a POST. If Config.Code returned
// the code, complete ignores a query or a body that it cannot parse.
func (q *loginRequest) complete(r *http.Request, appID *string) error {
	codes, appIDs, err := q.values(r)
	switch {
	case q.code != "" && err != nil:
		return nil
	case err != nil:
		return err
	case q.code == "" && len(codes) == 0:
		return invalidRequest(http.StatusBadRequest, `"code" is missing; send the code that wx.login gives`)
	case q.code == "" && len(codes) > 1, *appID == "" && len(appIDs) > 1:
		return invalidRequest(http.StatusBadRequest, `"code" and "appid" may each be given once`)
	}
	if q.code == "" {
		q.code = codes[0]
	}
	if *appID == "" && len(appIDs) == 1 {
		*appID = appIDs[0]
	}
	return nil
}

// values returns every code and every appid in the query of a GET or in the body of a
// POST.
func (q *loginRequest) values(r *http.Request) (codes, appIDs []string, err error) {
	if r.Method == http.MethodGet {
		return readValues(r.URL.RawQuery)
	}
	return q.bodyValues(r.Header.Get("Content-Type"))
}

func (q *loginRequest) bodyValues(contentType string) (codes, appIDs []string, err error) {
	if len(q.body) == 0 {
		return nil, nil, invalidRequest(http.StatusBadRequest, "the body is empty")
	}
	mediaType, _, _ := mime.ParseMediaType(contentType)
	switch mediaType {
	case "application/json":
		if bytes.HasPrefix(q.body, []byte("\xef\xbb\xbf")) {
			return nil, nil, invalidRequest(http.StatusBadRequest, "the JSON begins with a byte order mark; send it without")
		}
		err := readMembers(q.body, map[string]*[]string{"code": &codes, "appid": &appIDs})
		return codes, appIDs, err
	case "application/x-www-form-urlencoded":
		return readValues(string(q.body))
	}
	return nil, nil, invalidRequest(http.StatusUnsupportedMediaType, "use application/json or application/x-www-form-urlencoded")
}

func readValues(text string) (codes, appIDs []string, err error) {
	v, err := url.ParseQuery(text)
	if err != nil {
		return nil, nil, invalidRequest(http.StatusBadRequest, "the query or form is malformed")
	}
	return v["code"], v["appid"], nil
}

// checkCode refuses a code that is an obvious mistake. It cannot check the exact form,
// because WeChat does not document the form of a code.
func checkCode(code string) error {
	switch {
	case code == "undefined" || code == "null" || code == "NaN" || code == "[object Object]":
		return invalidRequest(http.StatusBadRequest, "the code is the text "+code+"; send the code member of what wx.login gives, in its success callback")
	case strings.HasSuffix(code, "code is a mock one"):
		return invalidRequest(http.StatusBadRequest, "the developer tools gave a mock code; open the project with a real AppID instead of the tourist one")
	case strings.HasPrefix(code, "{") || strings.HasPrefix(code, "["):
		return invalidRequest(http.StatusBadRequest, "the code is JSON; send only the code member of what wx.login gives")
	case !wellFormedCode(code):
		return invalidRequest(http.StatusBadRequest, "the code is malformed")
	}
	return nil
}

func wellFormedCode(code string) bool {
	return code != "" && len(code) <= maxCode && !strings.ContainsFunc(code, isControl)
}

var errMalformedJSON = invalidRequest(http.StatusBadRequest, "the body is malformed JSON; send one object")

// readMembers reads the string values of some members of a JSON object. The keys of the
// given map are the names of these members. readMembers appends the values of each name
// to the slice of that name. Unlike a json.Unmarshal into a struct, readMembers
// distinguishes upper and lower case in names.
func readMembers(b []byte, members map[string]*[]string) error {
	d := json.NewDecoder(bytes.NewReader(b))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return errMalformedJSON
	}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return errMalformedJSON
		}
		var raw json.RawMessage
		if err := d.Decode(&raw); err != nil {
			return errMalformedJSON
		}
		if values := members[name.(string)]; values != nil {
			if raw[0] != '"' {
				return invalidRequest(http.StatusBadRequest, fmt.Sprintf("%q must be a string", name))
			}
			var value string
			if err := json.Unmarshal(raw, &value); err != nil {
				return errMalformedJSON
			}
			*values = append(*values, value)
		}
	}
	if _, err := d.Token(); err != nil { // the closing brace
		return errMalformedJSON
	}
	if _, err := d.Token(); err != io.EOF {
		return errMalformedJSON
	}
	return nil
}
