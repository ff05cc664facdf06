package wxapi

import "strconv"

// number is a JSON number that WeChat now and then sends as a string.
type number int

func (n *number) UnmarshalJSON(b []byte) error {
	if len(b) > 2 && b[0] == '"' && b[len(b)-1] == '"' {
		b = b[1 : len(b)-1]
	}
	if string(b) == "null" {
		return nil
	}
	i, err := strconv.Atoi(string(b))
	*n = number(i)
	return err
}
