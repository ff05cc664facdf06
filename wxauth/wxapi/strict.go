package wxapi

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"unicode"
)

// strictObject reports whether text begins with a JSON object whose names can be
// read in one way only. json.Unmarshal judges the rest. encoding/json takes OPENID for openid and believes the last
// of two members of one name, so no name in the object may be given twice,
// whatever its case, and none that this package reads may be in another case.
// Of a foreign object, which the application asked for, this package reads
// errcode and errmsg alone.
func strictObject(text []byte, foreign bool) bool {
	if !bytes.HasPrefix(bytes.TrimSpace(text), []byte("{")) {
		return false
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber() // a number that fits no float64 is nobody's concern
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
