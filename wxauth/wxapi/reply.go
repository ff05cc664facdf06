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

// refused returns the error for an HTTP status other than 200.
func (a *attempt) refused(resp *http.Response) error {
	return &Error{Status: resp.StatusCode, RetryAfter: retryAfter(resp.Header), path: a.path}
}

// judge checks a reply with HTTP status 200 and returns its JSON object. If a.raw is
// set, judge returns any data other than a JSON object unchanged. The Content-Type does
// not matter, because WeChat sends some objects as text/plain.
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
		Message json.RawMessage `json:"errmsg"` // not a string, because an errmsg of another JSON type must not hide the errcode
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

// retryAfter returns the wait in a Retry-After header (RFC 9110 section 10.2.3), or 0
// if the header is missing or unusable. It returns at most a minute, because users do
// not wait longer.
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

// plain reports whether s can be an id, a key or a phone number. The character U+FFFD is
// not allowed, because encoding/json replaces invalid Unicode by U+FFFD. If U+FFFD were
// allowed, two different users could get the same id. WeChat does not document the form
// of an openid, so plain checks only the length and the characters.
func plain(s string) bool {
	return s != "" && len(s) <= 256 && !strings.ContainsFunc(s, func(r rune) bool {
		return unicode.IsControl(r) || r == utf8.RuneError
	})
}

// number is a JSON integer that WeChat sometimes sends as a string.
type number int64

func (n *number) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		return nil
	}
	i, err := parseInteger(b)
	*n = number(i)
	return err
}

// parseInteger returns the value of a JSON integer, or of a JSON string that contains
// only an integer.
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
