package wxapi

import (
	"net"
	"net/http"
	"time"
)

// newTransport returns a transport for many goroutines that call one host. It keeps
// at most conns connections. The parameter dial limits the time to connect. The
// transport ignores the environment, including its proxy settings.
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
