package playground

import (
	"io"
	"net"
	"strconv"
	"strings"
)

const simulated = `WeChat is simulated in this process: no request leaves this machine, and the
users are made up. To log in through the real WeChat, set WX_APPID and WX_SECRET.

Open BASE in a browser to see the messages between the
mini program, the server and WeChat.PHONE

Or open example/miniprogram in WeChat DevTools. It needs no AppID: this server
accepts the mock code of a project in tourist mode, and logs in a made-up user.

Or paste these lines into a second shell. They log in, ask who is logged in, log out,
and ask again. You can repeat them.
把下面几行粘贴到 POSIX shell 里：登录、查询当前用户、退出、再查询一次。可以反复执行。

  CODE=$(curl -s BASE/sim/code)
  TOKEN=$(curl -s -d "code=$CODE" BASE/login | sed 's/.*"token":"\([^"]*\)".*/\1/')
  curl -s -H "Authorization: Bearer $TOKEN" BASE/me
  curl -s -H "Authorization: Bearer $TOKEN" -X POST -w '%{http_code}\n' BASE/logout
  curl -s -H "Authorization: Bearer $TOKEN" BASE/me

Ctrl-C stops the server.
`

const genuine = `Logins go to the real WeChat. The mini program posts the code of wx.login to
BASE/login, and then sends the token from the response as a bearer token.

Open BASE in a browser to see the messages between the
mini program, the server and WeChat.PHONE

Ctrl-C stops the server.
`

const fromPhone = `
On a phone in the same network, use ADDRESS`

// Print writes to w how to open the page and how to log in. The argument addr is the
// address that the server listens on. For a server that listens on all addresses of the
// machine, Print also writes an IPv4 address for phones in the same network, if it finds
// one.
func (p *Playground) Print(w io.Writer, addr net.Addr) {
	text := genuine
	if p.phones != nil {
		text = simulated
	}
	base, phone := "http://"+addr.String(), ""
	if a, ok := addr.(*net.TCPAddr); ok && a.IP.IsUnspecified() {
		port := strconv.Itoa(a.Port)
		base = "http://127.0.0.1:" + port
		if ip := outwardIP(); ip != "" {
			phone = strings.ReplaceAll(fromPhone, "ADDRESS", "http://"+net.JoinHostPort(ip, port))
		}
	}
	io.WriteString(w, "\n"+strings.NewReplacer("BASE", base, "PHONE", phone).Replace(text))
}

// outwardIP returns the IPv4 address that this machine uses to reach other networks, or
// "". Connecting a UDP socket selects the address and sends nothing.
func outwardIP() string {
	conn, err := net.Dial("udp4", "192.0.2.1:9") // RFC 5737 reserves this address for documentation
	if err != nil {
		return ""
	}
	defer conn.Close()
	return conn.LocalAddr().(*net.UDPAddr).IP.String()
}
