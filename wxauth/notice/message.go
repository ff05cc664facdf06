package notice

import (
	"bytes"
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"
)

// These are the names of the JSON members and XML elements that this package reads.
const (
	nameEncrypt    = "Encrypt"
	nameMsgType    = "MsgType"
	nameEvent      = "Event"
	nameAppID      = "AppID"
	nameOpenID     = "OpenID"
	nameUnionID    = "UnionID"
	nameRevokeInfo = "RevokeInfo"
	namePluginID   = "PluginID"
	nameCreateTime = "CreateTime"
)

func names() []string {
	return []string{nameEncrypt, nameMsgType, nameEvent, nameAppID, nameOpenID,
		nameUnionID, nameRevokeInfo, namePluginID, nameCreateTime}
}

// members contains the top-level members of a JSON object or the children of an XML
// element. The key of a member is fold(member.name).
type members map[string]member

type member struct {
	name     string // the name as the message spells it, without spaces around it
	text     string // the value without spaces around it, or "" if it is not a text or a number
	compound bool   // the value is an object, a list, or XML with child elements
}

// text returns the text of the member called name, or "" if there is none. A member whose
// name differs in case does not count.
func (m members) text(name string) string {
	if v := m[fold(name)]; v.name == name {
		return v.text
	}
	return ""
}

const maxDepth = 32

var (
	errTooDeep  = errors.New("it is nested deeper than 32 levels")
	errRepeated = errors.New("it has a name twice")
)

func parse(message []byte) (members, error) {
	if !utf8.Valid(message) {
		return nil, errors.New("it is not UTF-8")
	}
	switch trimmed := bytes.TrimLeft(message, " \t\r\n"); {
	case bytes.HasPrefix(trimmed, []byte("{")):
		return parseJSON(message)
	case bytes.HasPrefix(trimmed, []byte("<")):
		return parseXML(trimmed)
	}
	return nil, errors.New("it is neither a JSON object nor XML")
}

// fold returns the same text for names that differ only in case. It uses the rule by
// which encoding/json ignores case. An application can decode Notice.Raw with
// encoding/json, so this package must detect names that encoding/json treats as equal.
func fold(name string) string {
	return strings.Map(func(r rune) rune {
		least := r
		for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
			least = min(least, f)
		}
		return least
	}, name)
}
