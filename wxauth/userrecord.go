package wxauth

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// userRecord holds the session keys and the logins of a user. The session keys are
// not in the sessions, because WeChat has one live session_key per user.
//
// The logins are not sealed, so login and Revoke still work if a SealKey is lost.
type userRecord struct {
	// revocation is a random value that Revoke and RevokeOthers replace. At first it
	// is "". If the value changes while a login is under way, the login is refused.
	// revocation is not a time, because the clocks of the instances differ.
	// revocation is not a counter, because the counter of a new record would start
	// at zero again.
	revocation string

	sessionKeys []userKey // the newest first
	sealed      []byte    // the sealed session keys; nil if they are not sealed
	logins      []recordLogin
}

// userKey is a session_key of the user. WeChat may replace the session_key whenever
// it issues a code. Data that was encrypted shortly before may arrive after the
// replacement.
type userKey struct {
	text     string
	replaced int64 // the time of the replacement, in Unix seconds; 0 for the newest
}

// recordLogin is a login in the user record.
type recordLogin struct {
	loginID      string
	key          storeKey // of the session
	since, until int64    // Unix seconds
	// ended marks a login whose session is being deleted. Such a login is not
	// counted, listed or renewed. It stays in the record until its session is
	// deleted.
	ended  bool
	reason string // why the login was ended; deleteSession stores it
	// moved marks the old session of a renewed login. ended is then also true. Renew
	// deletes this session after it has copied data that other requests saved there
	// meanwhile. Other code deletes this session only to end the login.
	moved bool
}

// live reports whether the login is valid at the time now.
func (l recordLogin) live(now, notBefore int64) bool {
	return !l.ended && l.until > now && l.since >= notBefore
}

// find returns the index of a login, or -1. After a renewal, the record may list a
// login twice: as live under the new key, and as ended under the old key. find then
// returns the index of the live entry.
func (r *userRecord) find(loginID string) int {
	found := -1
	for i, l := range r.logins {
		if l.loginID == loginID && (found < 0 || !l.ended) {
			found = i
		}
	}
	return found
}

// end marks a login as ended and returns it. The caller must delete its session. An
// earlier reason is kept.
func (l *recordLogin) end(reason string) endedLogin {
	event := !l.ended
	l.ended, l.moved = true, false
	if l.reason == "" {
		l.reason = reason
	}
	return endedLogin{*l, event}
}

// end marks a login as ended and returns its entries. During a renewal, these are
// the entries of the new and of the old session.
func (r *userRecord) end(loginID, reason string) (ended []endedLogin) {
	for i := range r.logins {
		if r.logins[i].loginID == loginID {
			ended = append(ended, r.logins[i].end(reason))
		}
	}
	return ended
}

// remove removes logins from the record and reports whether it removed any.
func (r *userRecord) remove(gone []recordLogin) bool {
	n := len(r.logins)
	r.logins = slices.DeleteFunc(r.logins, func(l recordLogin) bool {
		return slices.ContainsFunc(gone, func(g recordLogin) bool { return g.loginID == l.loginID && g.key == l.key })
	})
	return len(r.logins) < n
}

const (
	// clockSkew is the largest expected difference between the clocks of two
	// instances. A login stays in the record for this time after its end, because it
	// may still be live by another instance's clock.
	clockSkew = 10 * time.Minute
	// keepRevocation is how long a record without logins is kept after a Revoke. Any
	// login that was under way during the Revoke has finished by then.
	keepRevocation = 10 * time.Minute
)

// expiry returns the time after which the store may drop the record. It is clockSkew
// after the end of the last login. If there was a Revoke, it is at least
// keepRevocation from now.
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

// The text of a record consists of lines. The first line is the version. Each other
// line starts with a letter:
//
//	R revocation
//	K replaced session_key
//	S sealed                             all K lines, sealed, in base64
//	L since until LoginID key            a live login
//	E since until LoginID key [reason]   an ended login
//	M since until LoginID key            the old session of a renewed login
//
// replaced, since and until are Unix seconds. The logins come last, so a reader that
// needs only the session keys can stop before them.
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

// cutInt parses the number at the start of a line. rest is the text after the next
// space.
func cutInt(line string) (n int64, rest string, ok bool) {
	number, rest, ok := strings.Cut(line, " ")
	n, err := strconv.ParseInt(number, 10, 64)
	return n, rest, ok && err == nil && rest != ""
}
