package wxapi

// NewTransport is the default of Options.Transport, for a test that replaces its
// dial.
var NewTransport = newTransport
