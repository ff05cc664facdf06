package wxapi

import (
	"net"
	"net/http"
	"time"
)

// newTransport returns a transport for many goroutines that call few hosts. The
// parameter conns is the maximum number of connections to each host. The parameter dial
// is the time limit for a TCP connect, and also for a TLS handshake. The transport
// ignores the proxy settings in the environment.
func newTransport(dial time.Duration, conns int) *http.Transport {
	return &http.Transport{
		DialContext:            (&net.Dialer{Timeout: dial}).DialContext,
		TLSHandshakeTimeout:    dial,
		MaxConnsPerHost:        conns,
		MaxIdleConnsPerHost:    conns,
		IdleConnTimeout:        90 * time.Second,
		MaxResponseHeaderBytes: maxReply,
		DisableCompression:     true,
		ForceAttemptHTTP2:      true,
	}
}
