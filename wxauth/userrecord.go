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
// The logins are not sealed (encrypted with Config.SealKeys). If a SealKey is lost, new
// logins and Revoke therefore still work.
type userRecord struct {
	// revocation is a random value that Revoke and RevokeOthers replace. Before the first
	// replacement it is "". storeLogin refuses a login if the value differs from the value in
	// beginLogin. A replacement by RevokeOthers in the login's own OnLogin does not count.
	// The value is not a time, because the clocks of two server processes can differ. The
	// value is not a counter, because a new record would start the counter at zero again.
	// The counter could then reach the value that beginLogin has read, and a revoked login
	// would be stored.
	revocation string

	sessionKeys []userKey // the newest first
	sealed      []byte    // the sealed session keys; nil if they are not sealed
	logins      []recordLogin
}

// userKey is a session_key of a user. WeChat can replace the session_key whenever it
// issues a code. Data that was encrypted shortly before the replacement can arrive
// afterwards, so a replaced session_key is normally usable until Config.KeyGrace has
// passed.
type userKey struct {
	text     string
	replaced int64 // the time of the replacement, in Unix seconds; 0 for the newest
}

// recordLogin is an entry of a login in the user record. Because of Renew, a login can
// have several entries: one for the new session, and others for old sessions.
type recordLogin struct {
	loginID      string
	key          storeKey // the store key of the session
	since, until int64    // Unix seconds
	// ended marks an entry whose session is to be deleted. Logins does not return such an
	// entry, and Config.MaxLogins does not count it. It stays in the record at least
	// until its session is deleted or has expired.
	ended  bool
	reason string // the reason in the 401 answers to the login's token, or ""
	// moved marks the entry of a renewed login's old session. The field ended is then
	// true as well. Auth.endMoved deletes this session. Other code deletes this session
	// only to end the login, because endMoved can still have data to copy from it.
	moved bool
}

// live reports whether a login is not marked as ended, has not expired, and was not made
// before notBefore. Both parameters are Unix seconds.
func (l recordLogin) live(now, notBefore int64) bool {
	return !l.ended && l.until > now && l.since >= notBefore
}

// find returns the index of an entry of the login, or -1. If the login has several
// entries, find prefers an entry that is not marked as ended.
func (r *userRecord) find(loginID string) int {
	found := -1
	for i, l := range r.logins {
		if l.loginID == loginID && (found < 0 || !l.ended) {
			found = i
		}
	}
	return found
}

// end marks an entry as ended and returns it. The caller must delete the entry's
// session. If the entry already has a reason, that reason does not change.
func (l *recordLogin) end(reason string) endedLogin {
	event := !l.ended
	l.ended, l.moved = true, false
	if l.reason == "" {
		l.reason = reason
	}
	return endedLogin{*l, event}
}

// end marks all entries of a login as ended and returns them.
func (r *userRecord) end(loginID, reason string) (ended []endedLogin) {
	for i := range r.logins {
		if r.logins[i].loginID == loginID {
			ended = append(ended, r.logins[i].end(reason))
		}
	}
	return ended
}

func (r *userRecord) remove(gone []recordLogin) bool {
	n := len(r.logins)
	r.logins = slices.DeleteFunc(r.logins, func(l recordLogin) bool {
		return slices.ContainsFunc(gone, func(g recordLogin) bool { return g.loginID == l.loginID && g.key == l.key })
	})
	return len(r.logins) < n
}

const (
	// clockSkew is the largest expected difference between the clocks of two server
	// processes. dropEnded keeps a login in the record for this time after it has
	// expired, because the login can still be live by the clock of another process.
	clockSkew = 10 * time.Minute
	// keepRevocation is the minimum time for which a record is kept after Revoke or
	// RevokeOthers. The record must still exist when storeLogin checks a login that began
	// before the call. A login normally takes only seconds from beginLogin until
	// storeLogin.
	keepRevocation = 10 * time.Minute
)

// expiry returns the time after which the store can drop the record.
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

// The text of a record consists of lines. The first line is recordVersion. Each other
// line starts with a letter:
//
//	R revocation
//	K replaced session_key
//	S sealed                             the version and all K lines, encrypted, in base64
//	L since until LoginID key            a login that is not marked as ended
//	E since until LoginID key [reason]   a login that is marked as ended
//	M since until LoginID key            the old session of a renewed login
//
// replaced, since and until are Unix seconds, and key is a store key. The logins come
// last, because parseRecord can stop before them.
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

// parseRecord is the inverse of userRecord.text. If keysOnly is true, parseRecord
// stops at the logins.
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

// cutInt parses the number before the first space.
func cutInt(line string) (n int64, rest string, ok bool) {
	number, rest, ok := strings.Cut(line, " ")
	n, err := strconv.ParseInt(number, 10, 64)
	return n, rest, ok && err == nil && rest != ""
}
