package main

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/url"
	"slices"
	"strings"
)

// black stands for a value that the page must not have. It is of one length, so
// as not to tell that of the value.
const black = "████████"

// names are what the fields of messages are called, and what the page is to
// say that travels in them. Of a field that is not here not even the name is
// shown: whoever sends it chose it.
var names = map[string]string{
	"appid": "AppID", "secret": "AppSecret", "js_code": "code", "code": "code",
	"openid": "openid", "unionid": "unionid", "session_key": "session_key",
	"token": "token", "access_token": "access_token", "signature": "signature",
	"encryptedData": "encryptedData", "iv": "iv",
	"user": "user", "visits": "visits", "steps": "steps", "phone": "phone", "ended": "ended",
	"phoneNumber": "phoneNumber", "purePhoneNumber": "", "countryCode": "", "phone_info": "", "watermark": "", "timestamp": "",
	"token_type": "", "expires_in": "", "expires_at": "", "grant_type": "", "sig_method": "", "force_refresh": "",
	"title": "", "status": "", "detail": "", "retry_after": "", "errcode": "", "errmsg": "", "errMsg": "",
}

// harmless are the fields of replies, and of what the server sends to WeChat,
// whose values are shown. All others are blacked out, so that what nobody has
// thought of is. Of what a client sends no value is shown.
var harmless = map[string]bool{
	"appid": true, "grant_type": true, "sig_method": true, "force_refresh": true,
	"token_type": true, "expires_in": true, "expires_at": true,
	"title": true, "status": true, "detail": true, "retry_after": true, "errcode": true, "errmsg": true, "errMsg": true,
}

// message is what the page may know of a request or a reply.
type message struct {
	text    string
	carries []string // the names of what travels
}

// redactor makes messages.
type redactor struct {
	shown []map[string]bool // the fields whose values are
	message
}

// note has a field's name as it is shown, and whether its value is.
func (m *redactor) note(field string) (name string, show bool) {
	carried, known := names[field]
	if !known {
		return black, false
	}
	if carried != "" && !slices.Contains(m.carries, carried) {
		m.carries = append(m.carries, carried)
	}
	return field, slices.ContainsFunc(m.shown, func(fields map[string]bool) bool { return fields[field] })
}

// query returns a query or a form, blacked out.
func (m *redactor) query(raw string) string {
	values, err := url.ParseQuery(raw)
	if err != nil {
		return black
	}
	var parts []string
	for _, field := range slices.Sorted(maps.Keys(values)) {
		for _, value := range values[field] {
			name, show := m.note(field)
			if !show {
				value = black
			}
			parts = append(parts, name+"="+value)
		}
	}
	return strings.Join(parts, "&")
}

// json returns a JSON object, blacked out and indented, its members in their
// order. Anything else is blacked out whole.
func (m *redactor) json(body []byte) string {
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	var out strings.Builder
	if t, err := d.Token(); err != nil || t != json.Delim('{') || m.object(d, &out, "\n") != nil {
		return black
	}
	return out.String()
}

// object copies the members of an object whose brace has been read.
func (m *redactor) object(d *json.Decoder, out *strings.Builder, indent string) error {
	comma := "{"
	for d.More() {
		field, err := d.Token()
		if err != nil {
			return err
		}
		name, show := m.note(field.(string))
		out.WriteString(comma + indent + "  " + `"` + name + `": `)
		comma = ","
		if err := m.value(d, out, indent+"  ", show); err != nil {
			return err
		}
	}
	_, err := d.Token() // the closing brace
	out.WriteString(indent + "}")
	return err
}

// value copies a value, if it is to be shown. Of an object the members decide.
func (m *redactor) value(d *json.Decoder, out *strings.Builder, indent string, show bool) error {
	var raw json.RawMessage
	if err := d.Decode(&raw); err != nil {
		return err
	}
	switch {
	case raw[0] == '{':
		inner := json.NewDecoder(bytes.NewReader(raw))
		inner.Token()
		return m.object(inner, out, indent)
	case !show || raw[0] == '[':
		out.WriteString(`"` + black + `"`)
	default:
		out.Write(raw)
	}
	return nil
}
