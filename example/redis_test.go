package main_test

import (
	"bufio"
	"io"
	"net"
	"os/exec"
	"strings"
	"testing"
)

// startRedis starts a Redis server on a free port, until the test ends.
func startRedis(t *testing.T) (url string) {
	t.Helper()
	need(t, "redis-server", "Debian's package redis-server")
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	_, port, _ := net.SplitHostPort(addr)
	l.Close()
	cmd := exec.Command("redis-server", "--bind", "127.0.0.1", "--port", port, "--save", "", "--dir", t.TempDir())
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		io.Copy(io.Discard, stdout)
		cmd.Wait()
	})
	lines := bufio.NewScanner(stdout)
	for lines.Scan() {
		if strings.Contains(lines.Text(), "Ready to accept connections") {
			return "redis://" + addr + "/0"
		}
	}
	t.Fatal("redis-server did not start")
	return ""
}

// Two processes that keep logins in one Redis know each other's.
func TestRedis(t *testing.T) {
	url := startRedis(t)
	one, _ := start(t, "REDIS_URL="+url)
	two, _ := start(t, "REDIS_URL="+url)
	token := login(t, one, "alice")
	const id = "u-2ea29d146dea"
	want(t, "where it logged in", call(t, "GET", one+"/me", token), me(id, 1))
	want(t, "elsewhere", call(t, "GET", two+"/me", token), me(id, 2))
	want(t, "logout elsewhere", call(t, "POST", two+"/logout", token), loggedOut)
	want(t, "where it logged in, logged out", call(t, "GET", one+"/me", token), refused)
}
