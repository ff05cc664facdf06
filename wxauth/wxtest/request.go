package wxtest

import (
	"encoding/json"
	"net/http"
	"net/url"
)

const maxBody = 1 << 20

type request struct {
	host, method, path string
	url                string        // the whole URL, including secrets
	http               *http.Request // use the field body instead of its Body
	query              url.Values
	length             int64 // Content-Length; -1 if the request has a body but no Content-Length
	body               []byte
	fields             map[string]json.RawMessage // the members of the JSON object in body; nil if body is not a JSON object
}

func newRequest(r *http.Request, length int64, body []byte) *request {
	q := &request{
		method: r.Method,
		path:   r.URL.Path,
		query:  r.URL.Query(),
		http:   r,
		length: length,
		body:   body,
	}
	if q.method == "" {
		q.method = http.MethodGet
	}
	json.Unmarshal(body, &q.fields)
	return q
}

// text returns "" if the member of the JSON body is missing or is not a JSON string.
func (q *request) text(field string) string {
	var v string
	json.Unmarshal(q.fields[field], &v)
	return v
}

// postedObject returns 0 if the request is a POST of a JSON object. Otherwise it
// returns the errcode of WeChat's refusal.
func (q *request) postedObject() int {
	switch {
	case q.method != http.MethodPost:
		return 43002
	case len(q.body) == 0:
		return 44002
	case q.fields == nil:
		return 47001
	}
	return 0
}
