// Package redisurl parses Redis URLs.
package redisurl

import (
	"crypto/tls"
	"errors"
	"net/url"
	"strconv"
	"strings"

	"example.com/wxlogin/stores/internal/layout"
)

// URL contains the parts of a Redis URL.
type URL struct {
	Addrs          []string    // host:port of each server, or of each Sentinel if Master is set
	Master         string      // the name of the master that the Sentinels monitor, or "" without Sentinels
	TLS            *tls.Config // nil for connections in plain text
	User, Password string
	DB             int
	Prefix         string // the prefix of all keys; never empty
	MaxConns       int    // 0 if the URL sets no limit

	SentinelUser, SentinelPassword string
}

// Parse parses a URL in one of these forms:
//
//	redis://user:password@host:6379/0?prefix=shop:&max_conns=64
//	redis+sentinel://user:password@host1:26379,host2:26379/name/0
//
// Both forms can contain several hosts. For TLS, the scheme is rediss or
// rediss+sentinel. The errors do not quote the URL.
//
// Parse does not use net/url for the hosts, because RFC 3986 allows only one host in a
// URL. In some Go versions, net/url rejects host1:6379,host2:6379
// (https://go.dev/issue/78077).
func Parse(rawURL string) (*URL, error) {
	if rawURL == "" {
		return nil, errors.New("the URL is empty")
	}
	scheme, rest, _ := strings.Cut(rawURL, "://")
	scheme, sentinel := strings.CutSuffix(scheme, "+sentinel")
	if scheme != "redis" && scheme != "rediss" {
		return nil, errors.New("the URL must start with redis:// or rediss://, or for Redis Sentinel with redis+sentinel:// or rediss+sentinel://")
	}
	if strings.ContainsFunc(rest, func(r rune) bool { return r <= ' ' || r == 0x7f }) {
		return nil, errors.New("the URL contains a space or a line break")
	}
	if strings.Contains(rest, "#") {
		return nil, unescaped("#", "%23")
	}
	rest, rawQuery, _ := strings.Cut(rest, "?")
	authority, path, _ := strings.Cut(rest, "/")
	if strings.Contains(path, "@") {
		return nil, unescaped("/", "%2F")
	}
	r := &URL{Prefix: layout.DefaultPrefix}
	if scheme == "rediss" {
		r.TLS = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	hosts := authority
	if at := strings.LastIndex(authority, "@"); at >= 0 {
		hosts = authority[at+1:]
		if err := r.parseUser(authority[:at]); err != nil {
			return nil, err
		}
	}
	port := "6379"
	if sentinel {
		port = "26379"
		r.Master, path, _ = strings.Cut(path, "/")
		if r.Master == "" || hosts == "" {
			return nil, errors.New("a Sentinel URL must name hosts and a master: redis+sentinel://host1:26379,host2:26379/name")
		}
	}
	for host := range strings.SplitSeq(hosts, ",") {
		addr, err := address(host, port)
		switch {
		case err != nil && strings.Contains(rawQuery, "@"): // probably an unescaped ? in the password, as in user:pass?word@host
			return nil, unescaped("?", "%3F")
		case err != nil:
			return nil, err
		}
		r.Addrs = append(r.Addrs, addr)
	}
	if path != "" {
		db, err := strconv.ParseUint(path, 10, 31)
		if err != nil {
			return nil, errors.New("the database in the URL must be a number, as in redis://host:6379/0")
		}
		r.DB = int(db)
	}
	return r, r.parseQuery(rawQuery)
}

func unescaped(char, escaped string) error {
	return errors.New("the URL contains a " + char + " where none may be; in a user name or password, write " + escaped)
}

// parseUser parses user:password. If s contains no colon, s is only a password, as in
// redis-cli.
func (r *URL) parseUser(s string) error {
	if strings.Contains(s, "@") {
		return unescaped("@", "%40")
	}
	user, password, both := strings.Cut(s, ":")
	if !both {
		user, password = "", user
	}
	var err, err2 error
	r.User, err = url.PathUnescape(user)
	r.Password, err2 = url.PathUnescape(password)
	if err != nil || err2 != nil { // do not return err or err2: their texts can quote a part of the password
		return unescaped("%", "%25")
	}
	return nil
}

func (r *URL) parseQuery(raw string) error {
	query, err := url.ParseQuery(raw)
	if err != nil {
		return errors.New("malformed URL parameters")
	}
	for name, values := range query {
		value := values[0]
		switch {
		case len(values) > 1:
			return errors.New("a URL parameter is given twice")
		case name == "prefix":
			if value == "" {
				return errors.New("the URL parameter prefix must not be empty")
			}
			r.Prefix = value
		case name == "max_conns":
			n, err := strconv.ParseUint(value, 10, 16)
			if err != nil || n == 0 {
				return errors.New("the URL parameter max_conns must be a number from 1 to 65535")
			}
			r.MaxConns = int(n)
		case name == "sentinel_user" && r.Master != "":
			r.SentinelUser = value
		case name == "sentinel_password" && r.Master != "":
			r.SentinelPassword = value
		case strings.Contains(raw, "@"):
			return unescaped("?", "%3F")
		default:
			return errors.New("unknown URL parameter")
		}
	}
	return nil
}
