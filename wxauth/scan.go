package wxauth

import (
	"bytes"
	"encoding/json"
	"unicode/utf8"
)

// claims are what decrypted data says of itself: where in the JSON text the
// values of some members are. They are found in the very bytes that are then
// decoded for the caller, under the names that encoding/json would find them
// under.
type claims struct {
	text                                      []byte
	openID, unionID                           span
	phoneNumber, purePhoneNumber, countryCode span
	appID, timestamp                          span // of the watermark
}

// span is a part of a text; the zero value stands for a member that is missing.
type span struct{ from, to int }

func (s span) found() bool { return s.to > 0 }

// value returns a member's value as it stands in the text.
func (c *claims) value(s span) []byte { return c.text[s.from:s.to] }

// scanClaims finds an object's claims in one pass. It reports false if the text
// can't be JSON, or if an object in it has two members of one name: which of
// them counts would depend on who reads it.
//
// The pass splits JSON where encoding/json does, but looks neither into numbers
// and literals nor behind the object. Whoever believes the claims has
// encoding/json take the same text.
func scanClaims(text []byte) (claims, bool) {
	s := scanner{claims: claims{text: text}}
	s.space()
	if !utf8.Valid(text) || s.peek() != '{' || !s.object(outermost) {
		return claims{}, false
	}
	return s.claims, true
}

// place is where in the JSON an object stands.
type place int

const (
	elsewhere place = iota
	outermost
	watermark
)

// member returns where the value of a member is wanted, if it is, and what its
// members are if it is an object.
func (c *claims) member(of place, name []byte) (value *span, members place) {
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

// sameName reports whether encoding/json takes name for that of the field: it
// folds case as Unicode does, in which k and s, which no field begins with, have
// forms of more bytes.
func sameName(name []byte, field string) bool {
	return len(name) >= len(field) && name[0]|0x20 == field[0] && bytes.EqualFold(name, []byte(field))
}

// initial is a set of one of 32, or of all: names with none in common are not
// the same, whatever their case.
func initial(name []byte) uint32 {
	if len(name) == 0 || name[0] >= utf8.RuneSelf {
		return ^uint32(0)
	}
	return 1 << (name[0] % 32)
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
	err := json.Unmarshal(bytes.Clone(value), &text) // what is given away is allocated
	return []byte(text), err == nil
}

const (
	maxDepth = 32 // WeChat's data has 3
	maxNames = 64 // of an object and those around it; WeChat's data has about 12
)

// scanner walks over JSON. Its methods report whether it can be that.
type scanner struct {
	claims
	at    int
	depth int
	names [maxNames][]byte // the first n: of the object and those around it, for duplicates
	n     int
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

func (s *scanner) object(where place) bool {
	outer := s.n
	var initials uint32
	s.at++
	for first := true; ; first = false {
		if more, ok := s.next('}', first); !more || !ok {
			s.n = outer
			return ok
		}
		name, ok := s.name()
		if !ok || s.peek() != ':' || s.n == maxNames {
			return false
		}
		if initials&initial(name) != 0 {
			for _, other := range s.names[outer:s.n] {
				if bytes.EqualFold(name, other) {
					return false
				}
			}
		}
		initials |= initial(name)
		s.names[s.n] = name
		s.n++
		s.at++
		s.space()
		value, members := s.member(where, name)
		start := s.at
		if !s.skip(members) {
			return false
		}
		if value != nil {
			*value = span{start, s.at}
		}
	}
}

func (s *scanner) array() bool {
	s.at++
	for first := true; ; first = false {
		if more, ok := s.next(']', first); !more || !ok {
			return ok
		}
		if !s.skip(elsewhere) {
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

// skip steps over a value, which has members in that place if it is an object.
func (s *scanner) skip(members place) (ok bool) {
	if s.depth++; s.depth > maxDepth {
		return false
	}
	switch s.peek() {
	case '{':
		ok = s.object(members)
	case '[':
		ok = s.array()
	case '"':
		ok = s.string()
	default:
		ok = s.literal()
	}
	s.depth--
	return ok
}

// literal steps over a number, or a name such as null.
func (s *scanner) literal() bool {
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
