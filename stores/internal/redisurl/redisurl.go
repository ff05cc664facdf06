// Package redisurl reads the URLs that say where Redis is.
package redisurl

import (
	"crypto/tls"
	"errors"
	"net"
	"net/url"
	"strconv"
	"strings"
)

// URL is what a URL says. All addresses are host:port.
type URL struct {
	Addrs          []string // of the servers, or of the Sentinels
	Master         string   // the name that the Sentinels know, or ""
	TLS            *tls.Config
	User, Password string
	DB             int

	SentinelUser, SentinelPassword string
}

// Parse reads a URL of the forms
//
//	redis://user:password@host:6379/0
//	redis+sentinel://user:password@host1:26379,host2:26379/name/0
//
// and the same with rediss for TLS. Its errors have nothing of the URL in them.
func Parse(rawURL string) (*URL, error) {
	u, err := url.Parse(rawURL)
	if err != nil {
		return nil, errors.New("malformed URL") // err has all of it
	}
	scheme, sentinel := strings.CutSuffix(u.Scheme, "+sentinel")
	if scheme != "redis" && scheme != "rediss" || u.Opaque != "" || u.Fragment != "" {
		return nil, errors.New("the URL must start with redis://, rediss://, redis+sentinel:// or rediss+sentinel://")
	}
	r := &URL{User: u.User.Username()}
	if scheme == "rediss" {
		r.TLS = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	var ok bool
	if r.Password, ok = u.User.Password(); !ok {
		// As redis-cli and redigo have it, what stands alone is the password.
		r.User, r.Password = "", r.User
	}
	path, query, port := strings.TrimPrefix(u.Path, "/"), u.Query(), "6379"
	if sentinel {
		port = "26379"
		r.Master, path, _ = strings.Cut(path, "/")
		if r.Master == "" || u.Host == "" {
			return nil, errors.New("a Sentinel URL names hosts and a master: redis+sentinel://host1:26379,host2:26379/name")
		}
		r.SentinelUser, r.SentinelPassword = query.Get("sentinel_user"), query.Get("sentinel_password")
		query.Del("sentinel_user")
		query.Del("sentinel_password")
	}
	for host := range strings.SplitSeq(u.Host, ",") {
		r.Addrs = append(r.Addrs, withPort(host, port))
	}
	if len(query) > 0 {
		return nil, errors.New("the URL has a parameter that is not known")
	}
	if path != "" {
		db, err := strconv.ParseUint(path, 10, 31)
		if err != nil {
			return nil, errors.New("the database in the URL must be a number")
		}
		r.DB = int(db)
	}
	return r, nil
}

func withPort(host, port string) string {
	if _, _, err := net.SplitHostPort(host); err == nil {
		return host
	}
	host = strings.Trim(host, "[]")
	if host == "" {
		host = "localhost"
	}
	return net.JoinHostPort(host, port)
}
