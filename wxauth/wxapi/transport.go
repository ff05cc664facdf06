package wxapi

import (
	"net"
	"net/http"
	"time"
)

// newTransport returns a transport for one host that is called from many
// goroutines. It keeps at most conns connections, takes at most the time given
// to dial, and asks the environment for nothing, least of all a proxy.
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
