package notice

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"slices"
	"strings"
)

// parseXML returns the children of the root element, which must be <xml>. It refuses
// constructs that WeChat's messages do not need: elements with a namespace, DOCTYPEs,
// comments, and processing instructions other than an XML declaration before <xml>.
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

// addElement adds v to m. It refuses a repeated name if this package reads the element of
// that name. It accepts other repeated names, because WeChat writes a list as repeated
// elements. The comparison of names ignores case.
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
