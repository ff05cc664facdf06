package redisurl

import (
	"errors"
	"net"
	"net/netip"
	"strconv"
	"strings"
)

// address returns s in the form host:port. If s has no host, as in :7000, the host is
// localhost. If s has no port, as in [::1], the port is defaultPort.
func address(s, defaultPort string) (string, error) {
	host, port := s, ""
	if strings.HasPrefix(s, "[") {
		inner, rest, closed := strings.Cut(s[1:], "]")
		ip, err := netip.ParseAddr(inner)
		if err != nil || !closed || !ip.Is6() || rest != "" && rest[0] != ':' {
			return "", errors.New("an IPv6 address in the URL must look like [::1] or [::1]:6379")
		}
		host, port = inner, strings.TrimPrefix(rest, ":")
	} else {
		host, port, _ = strings.Cut(s, ":")
		if strings.Contains(port, ":") {
			return "", errors.New("an IPv6 address in the URL must be in brackets, as in [::1]:6379")
		}
		if strings.ContainsFunc(host, notInHostName) {
			return "", errors.New("a host name in the URL contains a character that none may have")
		}
	}
	if host == "" {
		host = "localhost"
	}
	if port == "" {
		port = defaultPort
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		return "", errors.New("the port in the URL must be a number from 1 to 65535")
	}
	return net.JoinHostPort(host, port), nil
}

func notInHostName(r rune) bool {
	return !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune(".-_", r))
}
