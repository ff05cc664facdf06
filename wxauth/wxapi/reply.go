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

// judge returns the JSON object of a reply that reports no failure. The
// Content-Type is not looked at: WeChat sends some objects as text/plain.
//
// Whatever is odd in a reply makes it an error, so that it never becomes a
// login.
func judge(path string, status int, header http.Header, body []byte) ([]byte, error) {
	if status != http.StatusOK {
		return nil, &Error{Status: status, RetryAfter: retryAfter(header), path: path}
	}
	body = bytes.TrimPrefix(body, []byte("\ufeff"))
	if !strictObject(body) {
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
	e := &Error{Code: int(failure.Code), path: path}
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

// strictObject reports whether text is one JSON object whose names can be read
// in one way only. encoding/json takes OPENID for openid and believes the last
// of two members of one name, so no name in the object may be given twice,
// whatever its case, and none that this package reads may be in another case.
func strictObject(text []byte) bool {
	// Valid also bounds the depth.
	if !utf8.Valid(text) || !json.Valid(text) || !bytes.HasPrefix(bytes.TrimSpace(text), []byte("{")) {
		return false
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber() // a number that fits no float64 is nobody's concern
	return strictValue(d)
}

func strictValue(d *json.Decoder) bool {
	token, err := d.Token()
	if err != nil {
		return false
	}
	switch token {
	case json.Delim('{'):
		seen := make(map[string]bool)
		for d.More() {
			token, err := d.Token()
			name, _ := token.(string)
			folded := fold(name)
			if err != nil || seen[folded] || misspelt(name) || !strictValue(d) {
				return false
			}
			seen[folded] = true
		}
		_, err = d.Token()
	case json.Delim('['):
		for d.More() {
			if !strictValue(d) {
				return false
			}
		}
		_, err = d.Token()
	}
	return err == nil
}

// fold returns what encoding/json compares of a name: of each character the
// first that differs from it by case alone.
func fold(name string) string {
	return strings.Map(func(r rune) rune {
		for {
			next := unicode.SimpleFold(r)
			if next <= r {
				return next
			}
			r = next
		}
	}, name)
}

// misspelt reports whether a name differs by case alone from one that this
// package reads.
func misspelt(name string) bool {
	for _, known := range [...]string{
		"errcode", "errmsg", "openid", "unionid", "session_key", "access_token", "expires_in",
		"phone_info", "phoneNumber", "purePhoneNumber", "countryCode", "watermark", "timestamp", "appid",
		"key_info_list", "encrypt_key", "iv", "version", "expire_in", "create_time",
	} {
		if strings.EqualFold(name, known) {
			return name != known
		}
	}
	return false
}

// plain reports whether s can be an id or a key: not empty, of at most 256
// bytes, and without characters that mislead. WeChat promises no more of their
// form. U+FFFD stands for text that was no Unicode, and could stand for two
// users.
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
