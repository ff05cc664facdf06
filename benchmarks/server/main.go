package main

import (
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"

	"example.com/wxlogin/benchmarks/internal/rig"
	"example.com/wxlogin/wxauth"
)

func main() {
	rows := map[string]func() rig.Row{
		"bare":   func() rig.Row { return rig.Row{Handler: rig.Anybody, Request: rig.Request("nobody")} },
		"wxauth": func() rig.Row { return rig.Require(wxauth.NewSessions()) },
		"scs":    func() rig.Row { return rig.SCSDefault(nil) },
	}
	if len(os.Args) != 2 || rows[os.Args[1]] == nil {
		log.Fatal("usage: server bare|wxauth|scs")
	}
	row := rows[os.Args[1]]()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("http://%s/me\n", l.Addr())
	for name, values := range row.Request.Header {
		fmt.Printf("%s: %s\n", name, values[0])
	}
	go func() { log.Fatal(http.Serve(l, asJSON(row.Handler))) }()
	io.Copy(io.Discard, os.Stdin)
}

// asJSON sets the Content-Type, as handlers of an API do. If a handler calls
// ResponseWriter.Header, net/http copies the response headers. Without asJSON, only the
// handler "bare" would avoid the cost of this copy.
func asJSON(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		next.ServeHTTP(w, r)
	})
}
