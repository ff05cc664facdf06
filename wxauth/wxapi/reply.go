package wxapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// refused returns the error of a reply whose HTTP status is not 200.
func (a *attempt) refused(resp *http.Response) error {
	return &Error{Status: resp.StatusCode, RetryAfter: retryAfter(resp.Header), path: a.path}
}

// judge returns the JSON object of a reply that reports no failure. The
// Content-Type is not looked at: WeChat sends some objects as text/plain.
// Whatever is odd in a reply makes it an error, so that it never becomes a
// login.
func (a *attempt) judge(reply []byte) ([]byte, error) {
	body := bytes.TrimPrefix(reply, []byte("\ufeff"))
	if a.raw && !(bytes.HasPrefix(bytes.TrimSpace(body), []byte("{")) && json.Valid(body)) {
		return reply, nil
	}
	if !strictObject(body, a.foreign) {
		return nil, badReply("not a JSON object of the documented form")
	}
	var failure struct {
		Code    number          `json:"errcode"`
		Message json.RawMessage `json:"errmsg"` // sometimes not a string
	}
	if json.Unmarshal(body, &failure) != nil {
		return nil, badReply("its errcode is not a number")
	}
	if failure.Code == 0 {
		return body, nil
	}
	e := &Error{Code: int(failure.Code), path: a.path}
	var errmsg string
	if json.Unmarshal(failure.Message, &errmsg) == nil {
		e.RID = ridOf(errmsg)
		if e.Code == 40164 {
			e.Address = addressOf(errmsg)
		}
	}
	return nil, e
}

// retryAfter reads a Retry-After header, RFC 9110 section 10.2.3. More than a
// minute is a minute: nobody looks at a spinner for longer.
func retryAfter(header http.Header) time.Duration {
	text := header.Get("Retry-After")
	wait := time.Duration(0)
	if seconds, err := strconv.ParseUint(text, 10, 32); err == nil {
		wait = time.Duration(seconds) * time.Second
	} else if at, err := http.ParseTime(text); err == nil {
		wait = time.Until(at)
	}
	return max(0, min(wait, time.Minute))
}

// plain reports whether s can be an id or a key: not empty, of at most 256
// bytes, and without characters that mislead. WeChat promises no more of their
// form. encoding/json puts U+FFFD for whatever is no Unicode, so it could stand
// for two users.
func plain(s string) bool {
	return s != "" && len(s) <= 256 && !strings.ContainsFunc(s, func(r rune) bool {
		return unicode.IsControl(r) || r == utf8.RuneError
	})
}

// number is a JSON integer that WeChat now and then sends as a string.
type number int64

func (n *number) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		return nil
	}
	i, err := parseInteger(b)
	*n = number(i)
	return err
}

// parseInteger reads a JSON integer, or a string that holds one to the letter.
func parseInteger(b []byte) (int64, error) {
	text := string(b)
	if len(text) > 2 && text[0] == '"' {
		text = text[1 : len(text)-1]
	}
	i, err := strconv.ParseInt(text, 10, 64)
	if err != nil || strconv.FormatInt(i, 10) != text {
		return 0, errors.New("not an integer")
	}
	return i, nil
}
