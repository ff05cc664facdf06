package wxapi

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"unicode"
)

// strictObject reports whether text begins with a JSON object whose names are
// unambiguous. Package encoding/json accepts OPENID as openid, and uses the last of two
// members with the same name. Therefore a name must not occur twice in an object,
// regardless of case. Names that this package reads must have the exact case. If foreign
// is true, the application made the call by Client.Call, and this package reads only
// errcode and errmsg. Text after the object is not checked here, because json.Unmarshal
// refuses such text later.
func strictObject(text []byte, foreign bool) bool {
	if !bytes.HasPrefix(bytes.TrimSpace(text), []byte("{")) {
		return false
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber() // otherwise a number that does not fit into a float64 would be an error
	return strictValue(d, foreign)
}

func strictValue(d *json.Decoder, foreign bool) bool {
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
			if err != nil || seen[folded] || misspelt(name, foreign) || !strictValue(d, foreign) {
				return false
			}
			seen[folded] = true
		}
		_, err = d.Token()
	case json.Delim('['):
		for d.More() {
			if !strictValue(d, foreign) {
				return false
			}
		}
		_, err = d.Token()
	}
	return err == nil
}

// fold returns the same text for all names that encoding/json treats as equal. Of
// the characters that differ only in case, it uses the one with the lowest code point.
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

// misspelt reports whether a name differs only in case from a name that this
// package reads.
func misspelt(name string, foreign bool) bool {
	known := []string{
		"errcode", "errmsg", "openid", "unionid", "session_key", "access_token", "expires_in",
		"phone_info", "phoneNumber", "purePhoneNumber", "countryCode", "watermark", "timestamp", "appid",
		"key_info_list", "encrypt_key", "iv", "version", "expire_in", "create_time",
	}
	if foreign {
		known = known[:2]
	}
	return slices.ContainsFunc(known, func(k string) bool { return k != name && strings.EqualFold(k, name) })
}
