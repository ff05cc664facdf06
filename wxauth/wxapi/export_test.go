package wxapi

// NewTransport is newTransport, for a test that replaces the DialContext of the
// transport.
var NewTransport = newTransport
