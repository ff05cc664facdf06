package wxtest

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strconv"
)

type reply struct {
	lost      bool // the caller gets no response
	status    int
	header    http.Header
	body      []byte
	truncated bool // the body is shorter than Content-Length
}

// reply returns the HTTP response to q and the errcode of this response. If f.Body is set,
// the errcode is 0.
func (f Fault) reply(q *request, a answer) (reply, int) {
	if f.Drop || f.Refuse {
		return reply{lost: true}, 0
	}
	re := reply{status: http.StatusOK, header: make(http.Header), truncated: f.Truncate}
	contentType, errcode := "application/json", 0
	if q.path == pathCode2Session || q.path == pathComponent {
		contentType = "text/plain" // WeChat labels the JSON of jscode2session as text/plain
	}
	switch {
	case f.Body != "":
		re.body = []byte(f.Body)
	case f.Echo:
		contentType = "text/html"
		re.body = []byte("<html><body>cannot handle " + q.method + " " + q.url + "</body></html>")
	case f.ErrCode != 0:
		errcode = f.ErrCode
		re.body = refusal(f.ErrCode, f.ErrMsg, f.QuoteErrCode)
	case f.Status != 0 || f.Redirect != "":
		contentType = "text/html"
	case a.code != 0:
		errcode = a.code
		re.body = refusal(a.code, "", f.QuoteErrCode)
	case a.value != nil:
		re.body = mustMarshal(a.value)
	case a.response != nil:
		re.status, re.body = a.response.Code, a.response.Body.Bytes()
		re.header = a.response.Result().Header
		contentType, errcode = re.header.Get("Content-Type"), errcodeIn(re.body)
	default:
		re.status, contentType = a.status, "text/html"
	}
	if f.Redirect != "" {
		re.status = http.StatusFound
		re.header.Set("Location", f.Redirect)
	}
	if f.Status != 0 {
		re.status = f.Status
	}
	length := len(re.body)
	if f.Truncate {
		length++
	}
	re.header.Set("Content-Type", contentType)
	re.header.Set("Content-Length", strconv.Itoa(length))
	for name, values := range f.Header {
		re.header[http.CanonicalHeaderKey(name)] = values
	}
	return re, errcode
}

// Like WeChat, mustMarshal does not escape the characters <, > and &.
func mustMarshal(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic("wxtest: " + err.Error())
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}
