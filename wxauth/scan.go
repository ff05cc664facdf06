package wxauth

import (
	"bytes"
	"encoding/json"
	"unicode/utf8"
)

// claims are what decrypted data says of itself: the values of some members, as
// they stand in the JSON text; nil for one that is missing. They are found in
// the very bytes that are then decoded for the caller, under the names that
// encoding/json would find them under.
type claims struct {
	openID, unionID                           []byte
	phoneNumber, purePhoneNumber, countryCode []byte
	appID, timestamp                          []byte // of the watermark
}

// scanClaims finds an object's claims in one pass. It reports false if the text
// can't be JSON, or if an object in it has two members of one name: which of
// them counts would depend on who reads it.
//
// The pass splits JSON where encoding/json does, but looks neither into numbers
// and literals nor behind the object. Whoever believes the claims has
// encoding/json take the same text.
func scanClaims(text []byte) (claims, bool) {
	var c claims
	s := scanner{text: text, names: make([][]byte, 0, 16)}
	s.space()
	if !utf8.Valid(text) || s.peek() != '{' || !s.object(c.member) {
		return claims{}, false
	}
	return c, true
}

// A visitor is told the name of each member of an object, and says where the
// value is wanted, and who visits its members if it is an object.
type visitor func(name []byte) (value *[]byte, members visitor)

func (c *claims) member(name []byte) (*[]byte, visitor) {
	switch {
	case sameName(name, "openId"):
		return &c.openID, nil
	case sameName(name, "unionId"):
		return &c.unionID, nil
	case sameName(name, "phoneNumber"):
		return &c.phoneNumber, nil
	case sameName(name, "purePhoneNumber"):
		return &c.purePhoneNumber, nil
	case sameName(name, "countryCode"):
		return &c.countryCode, nil
	case sameName(name, "watermark"):
		return nil, c.watermarkMember
	}
	return nil, nil
}

func (c *claims) watermarkMember(name []byte) (*[]byte, visitor) {
	switch {
	case sameName(name, "appid"):
		return &c.appID, nil
	case sameName(name, "timestamp"):
		return &c.timestamp, nil
	}
	return nil, nil
}

// sameName reports whether encoding/json takes name for that of the field: it
// folds case as Unicode does, in which k and s, which no field begins with, have
// forms of more bytes.
func sameName(name []byte, field string) bool {
	return len(name) >= len(field) && name[0]|0x20 == field[0] && bytes.EqualFold(name, []byte(field))
}

// sameStart reports whether two names may be the same but for case. It is cheap:
// most begin with different letters.
func sameStart(a, b []byte) bool {
	return len(a) == 0 || len(b) == 0 || a[0]|0x20 == b[0]|0x20 || a[0] >= utf8.RuneSelf || b[0] >= utf8.RuneSelf
}

// unquote returns the text of a JSON string.
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
	maxDepth = 32  // WeChat's data has 3
	maxNames = 256 // of an object and those around it; WeChat's data has about 12
)

// scanner walks over JSON. Its methods report whether it can be that.
type scanner struct {
	text  []byte
	at    int
	depth int
	names [][]byte // of the object and those around it, for duplicates
}

// peek returns the next byte, 0 at the end.
func (s *scanner) peek() byte {
	if s.at < len(s.text) {
		return s.text[s.at]
	}
	return 0
}

func (s *scanner) space() {
	for c := s.peek(); c == ' ' || c == '\t' || c == '\r' || c == '\n'; c = s.peek() {
		s.at++
	}
}

// next steps to the next item of an object or array, or over its end.
func (s *scanner) next(end byte, first bool) (more, ok bool) {
	s.space()
	c := s.peek()
	if c == end {
		s.at++
		return false, true
	}
	if first {
		return true, true
	}
	s.at++
	s.space()
	return true, c == ','
}

func (s *scanner) object(visit visitor) bool {
	outer := len(s.names)
	defer func() { s.names = s.names[:outer] }()
	s.at++
	for first := true; ; first = false {
		if more, ok := s.next('}', first); !more || !ok {
			return ok
		}
		name, ok := s.name()
		if !ok || s.peek() != ':' || len(s.names) == maxNames {
			return false
		}
		for _, other := range s.names[outer:] {
			if sameStart(name, other) && bytes.EqualFold(name, other) {
				return false
			}
		}
		s.names = append(s.names, name)
		s.at++
		s.space()
		var value *[]byte
		var members visitor
		if visit != nil {
			value, members = visit(name)
		}
		start := s.at
		if !s.value(members) {
			return false
		}
		if value != nil {
			*value = s.text[start:s.at]
		}
	}
}

func (s *scanner) array() bool {
	s.at++
	for first := true; ; first = false {
		if more, ok := s.next(']', first); !more || !ok {
			return ok
		}
		if !s.value(nil) {
			return false
		}
	}
}

// name steps over a member's name and the space after it.
func (s *scanner) name() ([]byte, bool) {
	start := s.at
	if s.peek() != '"' || !s.string() {
		return nil, false
	}
	name, ok := unquote(s.text[start:s.at])
	s.space()
	return name, ok
}

func (s *scanner) value(members visitor) bool {
	if s.depth++; s.depth > maxDepth {
		return false
	}
	defer func() { s.depth-- }()
	switch s.peek() {
	case '{':
		return s.object(members)
	case '[':
		return s.array()
	case '"':
		return s.string()
	}
	start := s.at
	for s.at < len(s.text) {
		switch s.text[s.at] {
		case ',', '}', ']', ' ', '\t', '\r', '\n', '"', ':', '{', '[':
			return s.at > start
		}
		s.at++
	}
	return s.at > start
}

// string steps over a string: to the first quote that an even number of
// backslashes, most often none, stands before.
func (s *scanner) string() bool {
	start := s.at + 1
	for end := start; ; end++ {
		n := bytes.IndexByte(s.text[end:], '"')
		if n < 0 {
			return false
		}
		end += n
		before := end
		for before > start && s.text[before-1] == '\\' {
			before--
		}
		if (end-before)%2 == 0 {
			s.at = end + 1
			return true
		}
	}
}
