package playground

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/url"
	"slices"
	"strings"
)

// black replaces a text that the page must not show. It always has the same length, so
// it does not reveal the length of the text.
const black = "████████"

// names contains the fields whose names a redactor keeps. It maps each field to the label
// for the message's arrow, or to "" for no label. A redactor writes black instead of the
// name of any other field, because a client can put a secret into such a name.
var names = map[string]string{
	"appid": "AppID", "code": "code", "token": "token",
	"encryptedData": "encryptedData", "iv": "iv",
	"user": "user", "visits": "visits", "steps": "steps", "phone": "phone", "ended": "ended",
	"token_type": "", "expires_in": "", "expires_at": "", "errMsg": "",
	"title": "", "status": "", "detail": "", "retry_after": "", "reason": "",

	// A server must not send these fields to a phone. The page shows their names, so that
	// the developer can notice such a mistake.
	"openid": "openid", "unionid": "unionid", "session_key": "session_key",
}

// ofServer contains fields of responses. The server or WeChat makes their values. The
// values are not secret, so the page shows them.
var ofServer = map[string]bool{
	"token_type": true, "expires_in": true, "expires_at": true, "errMsg": true,
	"title": true, "status": true, "detail": true, "retry_after": true, "reason": true,
}

// ofUser contains the fields whose values belong to a user. The page shows these values
// in responses of the server if WeChat is simulated.
var ofUser = map[string]bool{"user": true, "visits": true, "steps": true, "phone": true, "ended": true}

// message is the part of a request or a response that the page shows.
type message struct {
	text    string
	carries []string // the value of arrow.Carries
}

// redactor copies a message, and writes black instead of the names and values that the
// page must not show.
type redactor struct {
	shown   []map[string]bool // the page shows the values of these fields
	carries []string          // the value of arrow.Carries
}

func (m *redactor) field(field string) (name string, show bool) {
	carried, known := names[field]
	if !known {
		return black, false
	}
	m.carry(carried)
	return field, slices.ContainsFunc(m.shown, func(fields map[string]bool) bool { return fields[field] })
}

func (m *redactor) carry(name string) {
	if name != "" && !slices.Contains(m.carries, name) {
		m.carries = append(m.carries, name)
	}
}

func (m *redactor) query(raw string) string {
	values, err := url.ParseQuery(raw)
	if err != nil {
		return black
	}
	var parts []string
	for _, field := range slices.Sorted(maps.Keys(values)) {
		for _, value := range values[field] {
			name, show := m.field(field)
			if !show {
				value = black
			}
			parts = append(parts, name+"="+value)
		}
	}
	return strings.Join(parts, "&")
}

// json redacts and indents a JSON object. If body does not start with a complete JSON
// object, json returns black.
func (m *redactor) json(body []byte) string {
	d := json.NewDecoder(bytes.NewReader(body))
	var out strings.Builder
	if t, err := d.Token(); err != nil || t != json.Delim('{') || m.object(d, &out, "\n") != nil {
		return black
	}
	return out.String()
}

// object redacts the members of an object and writes them to out. The caller has
// already read the opening brace from d.
func (m *redactor) object(d *json.Decoder, out *strings.Builder, indent string) error {
	if !d.More() {
		out.WriteString("{}")
		_, err := d.Token() // the closing brace
		return err
	}
	comma := "{"
	for d.More() {
		field, err := d.Token()
		if err != nil {
			return err
		}
		name, show := m.field(field.(string))
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
