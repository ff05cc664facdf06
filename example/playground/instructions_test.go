package playground_test

import (
	"net"
	"slices"
	"strings"
	"testing"

	"example.com/wxlogin/example/playground"
	"example.com/wxlogin/wxauth"
)

// TestPrint checks that Print writes an address for phones only if the server listens on
// all addresses of the machine.
func TestPrint(t *testing.T) {
	var ofMachine []string
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range addrs {
		if n := a.(*net.IPNet); n.IP.To4() != nil && !n.IP.IsLoopback() {
			ofMachine = append(ofMachine, "use http://"+n.IP.String()+":8080\n")
		}
	}
	play := playground.New(&wxauth.Config{Apps: []wxauth.App{{}}})
	for name, tt := range map[string]struct {
		addr  net.TCPAddr
		base  string
		phone bool
	}{
		"loopback":   {net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 8080}, "http://127.0.0.1:8080", false},
		"all, IPv6":  {net.TCPAddr{IP: net.IPv6unspecified, Port: 8080}, "http://127.0.0.1:8080", true},
		"all, IPv4":  {net.TCPAddr{IP: net.IPv4zero, Port: 8080}, "http://127.0.0.1:8080", true},
		"one":        {net.TCPAddr{IP: net.IPv4(192, 0, 2, 7), Port: 8080}, "http://192.0.2.7:8080", false},
		"one, IPv6":  {net.TCPAddr{IP: net.ParseIP("2001:db8::7"), Port: 8080}, "http://[2001:db8::7]:8080", false},
		"other port": {net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 80}, "http://127.0.0.1:80", false},
	} {
		var b strings.Builder
		play.Print(&b, &tt.addr)
		if !strings.Contains(b.String(), "curl -s "+tt.base+"/sim/code") || !strings.Contains(b.String(), "Open "+tt.base+" in a browser") {
			t.Errorf("%s: want %s:\n%s", name, tt.base, &b)
		}
		if before, _, _ := strings.Cut(b.String(), "\n  CODE="); !strings.HasSuffix(before, "可以反复执行。\n") {
			t.Errorf("%s: want a line in Chinese before the commands:\n%s", name, &b)
		}
		named := slices.ContainsFunc(ofMachine, func(text string) bool { return strings.Contains(b.String(), text) })
		if want := tt.phone && len(ofMachine) > 0; named != want {
			t.Errorf("%s: want an address for phones: %t:\n%s", name, want, &b)
		}
	}
}
