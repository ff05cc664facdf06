package wxauth

import (
	"bytes"
	"encoding/json"
	"unicode/utf8"
)

// claims holds the positions of some member values in the JSON text of decrypted data.
// Auth.Decrypt checks these values. If they are valid, encoding/json decodes the same text
// for the caller of Auth.Decrypt. This package matches member names in the same way as
// encoding/json, so that the caller gets the values that were checked.
type claims struct {
	text                                      []byte
	openID, unionID                           span
	phoneNumber, purePhoneNumber, countryCode span
	appID, timestamp                          span // members of the object "watermark" in the text
}

// span is the position text[from:to] of a member's value in claims.text. The zero value
// means that the member is missing.
type span struct{ from, to int }

func (s span) found() bool { return s.to > 0 }

func (c *claims) value(s span) []byte { return c.text[s.from:s.to] }

// scanClaims finds the claims of a JSON object in one pass. It returns false if the
// text is not UTF-8, does not start with a JSON object, or exceeds maxDepth or maxNames.
// It also returns false if this object, or an object inside it, has two members with the
// same name, or with names that differ only in case. For such members, two parsers could
// return different values.
//
// If scanClaims returns true and the text is valid JSON, scanClaims has found the same
// members as encoding/json. scanClaims does not fully check strings, numbers and literals,
// and it ignores the text after the object.
// A caller that relies on the claims must also decode the same text with encoding/json.
func scanClaims(text []byte) (claims, bool) {
	s := scanner{claims: claims{text: text}}
	start := s.space(0)
	if !utf8.Valid(text) || s.peek(start) != '{' || s.object(start, outermost) == 0 {
		return claims{}, false
	}
	return s.claims, true
}

// level identifies the object that a member belongs to: the outermost object, the object
// "watermark" in the outermost object, or any other object.
type level int

const (
	elsewhere level = iota
	outermost
	watermark
)

// member returns the span that records the position of a member's value, or nil if claims
// has no span for the member. If the value is an object, the second result is the level of
// that object's members.
func (c *claims) member(of level, name []byte) (value *span, members level) {
	switch {
	case of == watermark && sameName(name, "appid"):
		return &c.appID, elsewhere
	case of == watermark && sameName(name, "timestamp"):
		return &c.timestamp, elsewhere
	case of != outermost:
		return nil, elsewhere
	case sameName(name, "openId"):
		return &c.openID, elsewhere
	case sameName(name, "unionId"):
		return &c.unionID, elsewhere
	case sameName(name, "phoneNumber"):
		return &c.phoneNumber, elsewhere
	case sameName(name, "purePhoneNumber"):
		return &c.purePhoneNumber, elsewhere
	case sameName(name, "countryCode"):
		return &c.countryCode, elsewhere
	case sameName(name, "watermark"):
		return nil, watermark
	}
	return nil, elsewhere
}

// sameName reports whether encoding/json matches a member name to a struct field with
// the given JSON name. sameName folds case by Unicode's rules, as encoding/json does.
// The comparison of the first byte is only for speed. It is correct because no field
// name in claims.member begins with k or s. If case is ignored, only these two ASCII
// letters are equal to a letter outside ASCII.
func sameName(name []byte, field string) bool {
	return len(name) >= len(field) && name[0]|0x20 == field[0] && bytes.EqualFold(name, []byte(field))
}

// initial returns a bit mask for the first byte of a name. If the masks of two names have no
// common bit, the names differ by more than case.
func initial(name []byte) uint32 {
	if len(name) == 0 || name[0] >= utf8.RuneSelf {
		return ^uint32(0)
	}
	return 1 << (name[0] % 32)
}

// unquote returns the text of a JSON string. It returns false if the JSON value is not a
// string or contains an invalid escape sequence.
func unquote(value []byte) ([]byte, bool) {
	if len(value) < 2 || value[0] != '"' {
		return nil, false
	}
	if bytes.IndexByte(value, '\\') < 0 {
		return value[1 : len(value)-1], true
	}
	var text string
	err := json.Unmarshal(value, &text)
	return []byte(text), err == nil
}

const (
	maxDepth = 32 // the maximum depth of values inside the outermost object; the data of WeRun has depth 3
	maxNames = 64 // the maximum number of names in scanner.names; a user's profile has about 12
)

// scanner scans JSON. The methods object, array, skip, literal and string take the offset
// of a value and return the offset after the value. They return 0 if scanClaims must
// return false.
type scanner struct {
	claims
	depth int
	names [maxNames][]byte // names[:n] are the names so far in this object and its enclosing objects
	n     int
}

func (s *scanner) peek(at int) byte {
	if at < len(s.text) {
		return s.text[at]
	}
	return 0
}

func (s *scanner) space(at int) int {
	for at < len(s.text) && s.text[at] <= ' ' && (s.text[at] == ' ' || s.text[at] == '\t' || s.text[at] == '\r' || s.text[at] == '\n') {
		at++
	}
	return at
}

func (s *scanner) object(at int, where level) int {
	outer := s.n
	var initials uint32
	at = s.space(at + 1)
	if s.peek(at) == '}' {
		return at + 1
	}
	for {
		colon := s.name(at)
		if colon == 0 {
			return 0
		}
		name := s.names[s.n]
		if initials&initial(name) != 0 {
			for _, other := range s.names[outer:s.n] {
				if bytes.EqualFold(name, other) {
					return 0
				}
			}
		}
		initials |= initial(name)
		s.n++
		value, members := s.member(where, name)
		start := s.space(colon + 1)
		end := s.skip(start, members)
		if end == 0 {
			return 0
		}
		if value != nil {
			*value = span{start, end}
		}
		at = s.space(end)
		switch s.peek(at) {
		case ',':
			at = s.space(at + 1)
		case '}':
			s.n = outer
			return at + 1
		default:
			return 0
		}
	}
}

// name stores a member's name in names[n], and returns the offset of the colon after
// the name. It returns 0 if the name is malformed, no colon follows, or names is full.
func (s *scanner) name(at int) int {
	end := s.string(at)
	if end == 0 || s.n == maxNames {
		return 0
	}
	name, ok := unquote(s.text[at:end])
	s.names[s.n] = name
	if end = s.space(end); !ok || s.peek(end) != ':' {
		return 0
	}
	return end
}

func (s *scanner) array(at int) int {
	at = s.space(at + 1)
	if s.peek(at) == ']' {
		return at + 1
	}
	for {
		end := s.skip(at, elsewhere)
		if end == 0 {
			return 0
		}
		at = s.space(end)
		switch s.peek(at) {
		case ',':
			at = s.space(at + 1)
		case ']':
			return at + 1
		default:
			return 0
		}
	}
}

// skip skips a value. If the value is an object, the argument members is the level of
// that object's members.
func (s *scanner) skip(at int, members level) (end int) {
	if s.depth++; s.depth > maxDepth {
		return 0
	}
	switch s.peek(at) {
	case '{':
		end = s.object(at, members)
	case '[':
		end = s.array(at)
	case '"':
		end = s.string(at)
	default:
		end = s.literal(at)
	}
	s.depth--
	return end
}

// literal skips a number, true, false or null. It does not check the spelling.
func (s *scanner) literal(at int) int {
	end := at
	for end < len(s.text) {
		switch s.text[end] {
		case ',', '}', ']', ' ', '\t', '\r', '\n', '"', ':', '{', '[':
			if end == at {
				return 0
			}
			return end
		}
		end++
	}
	return 0
}

// string skips a JSON string. A quote with an odd number of backslashes directly before it
// does not end the string.
func (s *scanner) string(at int) int {
	if s.peek(at) != '"' {
		return 0
	}
	for end := at + 1; ; end++ {
		n := bytes.IndexByte(s.text[end:], '"')
		if n < 0 {
			return 0
		}
		end += n
		before := end
		for s.text[before-1] == '\\' {
			before--
		}
		if (end-before)%2 == 0 {
			return end + 1
		}
	}
}
