package wxauth

import (
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
)

// record is what the store keeps of a user over all logins: WeChat has one live
// session_key per user, so keys belong to the user and not to a login.
//
// The logins are outside the seal, so that a lost SealKey prevents neither a
// login nor a Revoke.
type record struct {
	keys   []userKey // the newest first
	sealed []byte    // or the keys, sealed
	logins []recordLogin

	undecodable bool // the store has something, but it is no record
}

// userKey is a session_key of the user. WeChat may replace it whenever it gives
// out a code, and what the mini program encrypted just before arrives just
// after.
type userKey struct {
	text     string
	replaced int64 // Unix seconds; 0 for the newest
}

// recordLogin is a live session: the key it is stored under, and its times in
// Unix seconds.
type recordLogin struct {
	key          string
	since, until int64
}

// A record's text is a line for its version and then one for each key, which is
// K, the time it was replaced and the key; or one for all of them, S and the
// sealed lines in base64; and one for each login: L, its two times, and its key
// in the store. The logins come last, for those who only want the keys.
const (
	recordVersion = "1\n"
	loginLine     = "L "
)

func (r *record) text() string {
	var b strings.Builder
	b.WriteString(recordVersion)
	for _, k := range r.keys {
		fmt.Fprintf(&b, "K %d %s\n", k.replaced, k.text)
	}
	if r.sealed != nil {
		fmt.Fprintf(&b, "S %s\n", base64.StdEncoding.EncodeToString(r.sealed))
	}
	for _, l := range r.logins {
		fmt.Fprintf(&b, "%s%d %d %s\n", loginLine, l.since, l.until, l.key)
	}
	return b.String()
}

// parseRecord is the inverse of text. With keysOnly it goes up to the logins, of
// which a user can have many.
func parseRecord(text string, keysOnly bool) (r record, ok bool) {
	text, ok = strings.CutPrefix(text, recordVersion)
	for ok && text != "" && !(keysOnly && strings.HasPrefix(text, loginLine)) {
		var line string
		if line, text, ok = strings.Cut(text, "\n"); ok {
			ok = r.parseLine(line)
		}
	}
	return r, ok
}

func (r *record) parseLine(line string) bool {
	kind, rest, _ := strings.Cut(line, " ")
	switch kind {
	case "K":
		replaced, key, ok := cutInt(rest)
		r.keys = append(r.keys, userKey{key, replaced})
		return ok
	case "S":
		var err error
		r.sealed, err = base64.StdEncoding.DecodeString(rest)
		return err == nil
	case "L":
		since, rest, ok := cutInt(rest)
		until, key, ok2 := cutInt(rest)
		r.logins = append(r.logins, recordLogin{key, since, until})
		return ok && ok2
	}
	return false
}

// cutInt cuts a number and a space off a line.
func cutInt(line string) (n int64, rest string, ok bool) {
	number, rest, ok := strings.Cut(line, " ")
	n, err := strconv.ParseInt(number, 10, 64)
	return n, rest, ok && err == nil && rest != ""
}
