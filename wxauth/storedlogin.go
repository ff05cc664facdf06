package wxauth

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// storedLogin is a login as stored in its session.
type storedLogin struct {
	Identity
	until int64 // Identity.Until in Unix seconds
}

func (l *storedLogin) ends() time.Time { return time.Unix(l.until, 0).UTC() }

var (
	// errUndecodable reports a stored value that this package cannot decode. If the check
	// of a token finds such a session, the token is treated as unknown, and the error is
	// logged.
	errUndecodable = errors.New("the stored value cannot be decoded")
	// errNewer reports a login or a user record in the format of a newer version of this
	// package. This package does not use it and does not overwrite it.
	errNewer = fmt.Errorf("%w: it was written by a newer version of wxauth", errUndecodable)
)

// undecodable returns err if err wraps errUndecodable. For any other error it returns
// errUndecodable, because the error of a codec can quote the data.
func undecodable(err error) error {
	if errors.Is(err, errUndecodable) {
		return err
	}
	return errUndecodable
}

// A stored login is a string in a session, under the key identityValue. It begins with
// five parts of fixed length: the version of the format, the start of the token, Until
// and Since in Unix seconds, and the LoginID. The other parts are AppID, OpenID, UnionID
// and UserID. Line breaks separate these four parts. The parts themselves contain no line
// break, because Identity.storable refuses control characters.
//
// scs's RenewToken and MergeSession can put a stored login into a session with
// another token. The start of the token prevents the use of such a session: parse
// reports that the login does not belong to the session's token. Another token has
// the same start only with a probability of 2^-48. Anyone who can read the store
// learns the 48 bits of this start. The other 208 bits of a hashed token stay secret.
const (
	loginVersion = '1'
	startLength  = 8
	digits       = 11

	startAt   = 1
	untilAt   = startAt + startLength
	sinceAt   = untilAt + digits
	loginIDAt = sinceAt + digits
	fieldsAt  = loginIDAt + loginIDLength
)

// text returns the stored form of the login, for a session with this token.
func (l *storedLogin) text(token string) string {
	return fmt.Sprintf("%c%s%011d%011d%s%s\n%s\n%s\n%s", loginVersion, token[:startLength],
		l.until, l.Since.Unix(), l.LoginID, l.AppID, l.OpenID, l.UnionID, l.UserID)
}

// parse is the inverse of storedLogin.text. It reports whether the login belongs to the token.
// It does not check whether the login has ended.
func (l *storedLogin) parse(token, text string) (bool, error) {
	if err := checkFormat(text); err != nil {
		return false, err
	}
	until, ok := parseDigits(text[untilAt:sinceAt])
	since, ok2 := parseDigits(text[sinceAt:loginIDAt])
	if !ok || !ok2 {
		return false, errUndecodable
	}
	l.until, l.Until, l.Since = until, time.Unix(until, 0).UTC(), time.Unix(since, 0).UTC()
	l.LoginID = text[loginIDAt:fieldsAt]
	rest := text[fieldsAt:]
	l.AppID, rest, _ = strings.Cut(rest, "\n")
	l.OpenID, rest, _ = strings.Cut(rest, "\n")
	l.UnionID, l.UserID, ok = strings.Cut(rest, "\n")
	if !ok || l.AppID == "" || l.OpenID == "" {
		return false, errUndecodable
	}
	return text[startAt:untilAt] == token[:startLength], nil
}

// checkFormat returns an error if a stored login has another version or is too short.
func checkFormat(text string) error {
	if text != "" && text[0] > loginVersion && text[0] <= '9' {
		return errNewer
	}
	if len(text) < fieldsAt || text[0] != loginVersion {
		return errUndecodable
	}
	return nil
}

func parseDigits(s string) (n int64, ok bool) {
	for i := range len(s) {
		c := s[i] - '0'
		if c > 9 {
			return 0, false
		}
		n = n*10 + int64(c)
	}
	return n, true
}
