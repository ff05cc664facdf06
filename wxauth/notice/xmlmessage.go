package notice

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"slices"
	"strings"
)

// parseXML reads an element <xml>. Each child of this element is a member. parseXML
// refuses some constructs that a message does not need, such as a DOCTYPE or a comment.
// It refuses a repeated child if names() contains the child's name in any case.
// It accepts other repeated children, because WeChat writes a list as repeated children.
func parseXML(message []byte) (members, error) {
	d := xml.NewDecoder(bytes.NewReader(message))
	m := make(members)
	var current member
	var text strings.Builder
	depth, ended := 0, false
	for {
		token, err := d.Token()
		if err == io.EOF && ended {
			return m, nil
		}
		if err != nil {
			return nil, errors.New("it is not valid XML")
		}
		switch token := token.(type) {
		case xml.StartElement:
			depth++
			switch {
			case depth > maxDepth:
				return nil, errTooDeep
			case token.Name.Space != "":
				return nil, errors.New("it has a namespace")
			case depth == 1 && (ended || token.Name.Local != "xml"):
				return nil, errors.New("it is not one element xml")
			case depth == 2:
				current = member{name: token.Name.Local}
				text.Reset()
			case depth == 3:
				current.compound = true
			}
		case xml.EndElement:
			if depth == 2 {
				current.text = strings.TrimSpace(text.String())
				if err := m.addElement(current); err != nil {
					return nil, err
				}
			}
			depth--
			ended = depth == 0
		case xml.CharData:
			if depth == 2 {
				text.Write(token)
			} else if depth < 2 && len(bytes.TrimSpace(token)) > 0 {
				return nil, errors.New("it has text between its elements")
			}
		case xml.ProcInst:
			if depth > 0 || ended || token.Target != "xml" {
				return nil, errors.New("it has a processing instruction")
			}
		default:
			return nil, errors.New("it has a DOCTYPE or a comment")
		}
	}
}

// addElement adds v to m. It fails if m already contains the name of v and names()
// contains this name. Both comparisons ignore case.
func (m members) addElement(v member) error {
	if v.compound {
		v.text = ""
	}
	key := fold(v.name)
	if _, ok := m[key]; ok && slices.ContainsFunc(names(), func(name string) bool { return fold(name) == key }) {
		return errRepeated
	}
	m[key] = v
	return nil
}
