package wxauth

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// userRecord is what the store keeps of a user over all logins. WeChat has one
// live session_key per user, so session keys belong to the user and not to a
// login.
//
// The logins are outside the seal, so that a lost SealKey prevents neither a
// login nor a Revoke.
type userRecord struct {
	// revocation is a random value that each Revoke replaces, or "" before the
	// first. A login that finds another value than it began with is refused.
	// It is not a time, because the clocks of the instances differ. It is not
	// a count, because a new record would begin again.
	revocation string

	sessionKeys []userKey // the newest first
	sealed      []byte    // the session keys, sealed; nil if they are not
	logins      []recordLogin
}

// userKey is a session_key of the user. WeChat may replace it whenever it issues a
// code. Data that the mini program encrypted just before arrives just after.
type userKey struct {
	text     string
	replaced int64 // Unix seconds; 0 for the newest
}

// recordLogin is a login in its user's record.
type recordLogin struct {
	loginID      string
	key          storeKey // of its session
	since, until int64    // Unix seconds
	// ended marks a login whose session is being deleted. It is not counted,
	// listed or renewed. It stays in the record until its session is deleted.
	ended  bool
	reason string // why it was ended, for whoever deletes the session
	// moved marks, together with ended, the session that Renew has left. Renew
	// deletes it when it has carried over what others saved there meanwhile. Any
	// other process deletes it only with the login.
	moved bool
}

// live reports whether the login counts.
func (l recordLogin) live(now, notBefore int64) bool {
	return !l.ended && l.until > now && l.since >= notBefore
}

// find returns the index of a login, or -1. After a renewal, a login may be there
// twice: live under its new key, and ended under the old one.
func (r *userRecord) find(loginID string) int {
	found := -1
	for i, l := range r.logins {
		if l.loginID == loginID && (found < 0 || !l.ended) {
			found = i
		}
	}
	return found
}

// end marks a login as ended and returns what its process has to delete. A reason
// that another process gave stays.
func (l *recordLogin) end(reason string) endedLogin {
	event := !l.ended
	l.ended, l.moved = true, false
	if l.reason == "" {
		l.reason = reason
	}
	return endedLogin{*l, event}
}

// end ends a login, with the session that a renewal under way has left.
func (r *userRecord) end(loginID, reason string) (ended []endedLogin) {
	for i := range r.logins {
		if r.logins[i].loginID == loginID {
			ended = append(ended, r.logins[i].end(reason))
		}
	}
	return ended
}

// remove takes logins out of the record and reports whether there were any.
func (r *userRecord) remove(gone []recordLogin) bool {
	n := len(r.logins)
	r.logins = slices.DeleteFunc(r.logins, func(l recordLogin) bool {
		return slices.ContainsFunc(gone, func(g recordLogin) bool { return g.loginID == l.loginID && g.key == l.key })
	})
	return len(r.logins) < n
}

const (
	// clockSkew is how much the clocks of two instances may differ. An ended
	// login stays in the record for that long, because for another instance it
	// may still be live.
	clockSkew = 10 * time.Minute
	// keepRevocation is how long a record outlives its logins after a Revoke.
	// A login that was under way by then has long finished.
	keepRevocation = 10 * time.Minute
)

// expiry returns when the store may drop the record: after the last login has
// ended, and some time after a Revoke.
func (r *userRecord) expiry(now time.Time) time.Time {
	var expiry time.Time
	if r.revocation != "" {
		expiry = now.Add(keepRevocation)
	}
	for _, l := range r.logins {
		if ends := time.Unix(l.until, 0).Add(clockSkew); ends.After(expiry) {
			expiry = ends
		}
	}
	return expiry
}

// The text of a record has a line for the version, then one for each part: R and
// the revocation; K, the time of replacement and a session key, or S and all
// such lines sealed, in base64; L for a live login, E for an ended one or M for the
// session that Renew has left, its two times, its LoginID, its store key and, behind
// E, the reason if there is one. The logins come last, for readers that want the
// session keys only.
const recordVersion = '1'

func (r *userRecord) text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%c\n", recordVersion)
	if r.revocation != "" {
		fmt.Fprintf(&b, "R %s\n", r.revocation)
	}
	for _, k := range r.sessionKeys {
		fmt.Fprintf(&b, "K %d %s\n", k.replaced, k.text)
	}
	if r.sealed != nil {
		fmt.Fprintf(&b, "S %s\n", base64.StdEncoding.EncodeToString(r.sealed))
	}
	for _, l := range r.logins {
		kind, reason := 'L', ""
		switch {
		case l.moved:
			kind = 'M'
		case l.ended:
			kind = 'E'
			if l.reason != "" {
				reason = " " + l.reason
			}
		}
		fmt.Fprintf(&b, "%c %d %d %s %s%s\n", kind, l.since, l.until, l.loginID, l.key, reason)
	}
	return b.String()
}

// parseRecord is the inverse of text. With keysOnly it stops at the logins.
func parseRecord(text string, keysOnly bool) (r userRecord, err error) {
	version, text, ok := strings.Cut(text, "\n")
	if ok && len(version) == 1 && version[0] > recordVersion && version[0] <= '9' {
		return r, errNewer
	}
	if !ok || version != string(recordVersion) {
		return r, errUndecodable
	}
	for text != "" {
		if keysOnly && strings.IndexByte("LEM", text[0]) >= 0 {
			break
		}
		var line string
		if line, text, ok = strings.Cut(text, "\n"); !ok || !r.parseLine(line) {
			return userRecord{}, errUndecodable
		}
	}
	return r, nil
}

func (r *userRecord) parseLine(line string) bool {
	kind, rest, _ := strings.Cut(line, " ")
	switch kind {
	case "R":
		r.revocation = rest
		return rest != ""
	case "K":
		replaced, key, ok := cutInt(rest)
		r.sessionKeys = append(r.sessionKeys, userKey{key, replaced})
		return ok
	case "S":
		var err error
		r.sealed, err = base64.StdEncoding.DecodeString(rest)
		return err == nil
	case "L", "E", "M":
		since, rest, ok := cutInt(rest)
		until, rest, ok2 := cutInt(rest)
		loginID, rest, ok3 := strings.Cut(rest, " ")
		key, reason, _ := strings.Cut(rest, " ")
		r.logins = append(r.logins, recordLogin{loginID, storeKey(key), since, until, kind != "L", reason, kind == "M"})
		return ok && ok2 && ok3 && key != ""
	}
	return false
}

// cutInt cuts a number and a space off a line.
func cutInt(line string) (n int64, rest string, ok bool) {
	number, rest, ok := strings.Cut(line, " ")
	n, err := strconv.ParseInt(number, 10, 64)
	return n, rest, ok && err == nil && rest != ""
}
