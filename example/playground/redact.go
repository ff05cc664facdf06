package playground

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/url"
	"slices"
	"strings"
)

// black replaces a value that the page must not show. Its length is always the
// same, so it does not tell the length of the value.
const black = "████████"

// names maps the fields of requests and responses to what the page says that an
// arrow carries, or "" to say nothing. A field that is not listed here is shown
// without its name, because the client may have made the name up.
var names = map[string]string{
	"appid": "AppID", "code": "code", "token": "token",
	"encryptedData": "encryptedData", "iv": "iv",
	"user": "user", "visits": "visits", "steps": "steps", "phone": "phone", "ended": "ended",
	"token_type": "", "expires_in": "", "expires_at": "", "errMsg": "",
	"title": "", "status": "", "detail": "", "retry_after": "", "reason": "",

	// A server must not send these to a phone. If it does, the page says so.
	"openid": "openid", "unionid": "unionid", "session_key": "session_key",
}

// ofServer are the fields whose values the server itself makes up. Their values
// are shown in responses.
var ofServer = map[string]bool{
	"token_type": true, "expires_in": true, "expires_at": true, "errMsg": true,
	"title": true, "status": true, "detail": true, "retry_after": true, "reason": true,
}

// ofUser are the fields whose values belong to a user. Their values are shown in
// responses if the user is a simulated one.
var ofUser = map[string]bool{"user": true, "visits": true, "steps": true, "phone": true, "ended": true}

// message is what the page shows of a request or a response.
type message struct {
	text    string
	carries []string // the names of what travels in it
}

// redactor copies the parts of a message and leaves out what must not be shown.
// It collects the names of what travels.
type redactor struct {
	shown   []map[string]bool // the fields whose values are shown
	carries []string
}

// field returns the name of a field as it may be shown, and reports whether its
// value may be shown.
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

// query redacts a query or a form.
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

// json redacts and indents a JSON object. Any other text it replaces as a whole.
func (m *redactor) json(body []byte) string {
	d := json.NewDecoder(bytes.NewReader(body))
	var out strings.Builder
	if t, err := d.Token(); err != nil || t != json.Delim('{') || m.object(d, &out, "\n") != nil {
		return black
	}
	return out.String()
}

// object copies the members of an object whose opening brace d has read.
func (m *redactor) object(d *json.Decoder, out *strings.Builder, indent string) error {
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

// value copies a value if show is true. In an object each member decides for
// itself. A list is never shown.
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
