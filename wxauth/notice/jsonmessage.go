package notice

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
)

// parseJSON reads a JSON object. It removes spaces around the names and values of the
// outermost object, because WeChat's samples contain such spaces. It fails if the
// outermost object or a nested object contains a name twice. In the outermost object,
// names that differ only in case count as the same name.
func parseJSON(message []byte) (members, error) {
	if !json.Valid(message) {
		return nil, errors.New("it is not valid JSON")
	}
	d := json.NewDecoder(bytes.NewReader(message))
	d.UseNumber()
	d.Token() // {
	m := make(members)
	for d.More() {
		v := member{name: strings.TrimSpace(nextName(d))}
		if _, ok := m[fold(v.name)]; ok {
			return nil, errRepeated
		}
		switch token, _ := d.Token(); token := token.(type) {
		case json.Delim:
			v.compound = true
			if err := skipCompound(d, token, 2); err != nil {
				return nil, err
			}
		case string:
			v.text = strings.TrimSpace(token)
		case json.Number:
			v.text = token.String()
		}
		m[fold(v.name)] = v
	}
	return m, nil
}

// nextName returns the name of an object's next member. The JSON must be valid, and
// the object must have a next member.
func nextName(d *json.Decoder) string {
	token, _ := d.Token()
	name, _ := token.(string)
	return name
}

// skipCompound reads the rest of an object or list after its opening { or [. The parameter
// open is this character. The parameter depth is the nesting depth of the object or list.
// The outermost object has depth 1.
func skipCompound(d *json.Decoder, open json.Delim, depth int) error {
	if depth > maxDepth {
		return errTooDeep
	}
	seen := make(map[string]bool)
	for d.More() {
		if open == '{' {
			name := nextName(d)
			if seen[name] {
				return errRepeated
			}
			seen[name] = true
		}
		token, _ := d.Token()
		if inner, ok := token.(json.Delim); ok {
			if err := skipCompound(d, inner, depth+1); err != nil {
				return err
			}
		}
	}
	d.Token() // } or ]
	return nil
}
