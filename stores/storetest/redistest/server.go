package redistest

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gomodule/redigo/redis"
)

const patience = time.Minute // the limit of each wait for a condition or for a reply

// Server is a Redis server or a single Redis Sentinel process. A Redis server keeps its
// data when it restarts. Call the methods, except Pause and Resume, only from the goroutine
// of the test. Pause and Resume can be called from any goroutine while no other method
// runs.
type Server struct {
	// Addr has the form host:port.
	Addr string
	Port string

	t    testing.TB
	args []string
	dir  string
	cmd  *exec.Cmd
	log  bytes.Buffer
}

// Start starts a Redis server and waits until it answers. The options are arguments of
// redis-server, such as "--requirepass", "secret".
func Start(t testing.TB, options ...string) *Server {
	t.Helper()
	need(t, "redis-server")
	s := newServer(t, append([]string{
		"--save", "", "--appendonly", "yes", "--appendfsync", "no",
		"--enable-debug-command", "yes",
	}, options...)...)
	s.Restart()
	return s
}

func need(t testing.TB, program string) {
	t.Helper()
	if _, err := exec.LookPath(program); err != nil {
		text := program + " is not on PATH: install Redis 7 or newer, on Debian by apt-get install redis-server"
		if os.Getenv("CI") == "true" {
			t.Fatal(text)
		}
		t.Skip(text)
	}
}

func newServer(t testing.TB, args ...string) *Server {
	t.Helper()
	port := freePort(t)
	s := &Server{
		Addr: net.JoinHostPort("127.0.0.1", port),
		Port: port,
		t:    t,
		args: append([]string{"--port", port, "--bind", "127.0.0.1"}, args...),
		dir:  t.TempDir(),
	}
	t.Cleanup(s.Kill)
	return s
}

// Redis cannot choose a free port itself. Another process could take the port before Redis
// does.
func freePort(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return port
}

// Restart starts a stopped or killed server again at the same address, and waits until it
// answers.
func (s *Server) Restart() {
	s.t.Helper()
	s.cmd = exec.Command("redis-server", s.args...)
	s.cmd.Dir = s.dir
	s.cmd.Stdout = &s.log
	if err := s.cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	s.await("answer", func() bool {
		conn, err := net.Dial("tcp", s.Addr)
		if err != nil {
			return false
		}
		defer conn.Close()
		conn.SetDeadline(time.Now().Add(patience))
		fmt.Fprint(conn, "PING\r\n")
		reply := make([]byte, 64)
		n, _ := conn.Read(reply)
		return strings.HasPrefix(string(reply[:n]), "+PONG") || strings.HasPrefix(string(reply[:n]), "-NOAUTH")
	})
}

func (s *Server) await(what string, condition func() bool) {
	s.t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(patience); !condition(); <-tick.C {
		if time.Now().After(end) {
			s.Kill() // Kill waits for the end of the process, so the log is complete
			s.t.Fatalf("redis at %s did not %s in %v:\n%s", s.Addr, what, patience, s.log.String())
		}
	}
}

// Stop sends SIGTERM and waits until the process has ended.
func (s *Server) Stop() { s.end(syscall.SIGTERM) }

// Kill sends SIGKILL and waits until the process has ended.
func (s *Server) Kill() { s.end(syscall.SIGKILL) }

func (s *Server) end(sig syscall.Signal) {
	if s.cmd == nil {
		return
	}
	s.cmd.Process.Signal(sig)
	s.cmd.Process.Signal(syscall.SIGCONT) // a paused process does not handle SIGTERM before SIGCONT
	s.cmd.Wait()
	s.cmd = nil
}

// Pause suspends the process with SIGSTOP. The kernel still accepts connections, but the
// server does not answer.
func (s *Server) Pause() { s.cmd.Process.Signal(syscall.SIGSTOP) }

// Resume continues the process after [Server.Pause].
func (s *Server) Resume() { s.cmd.Process.Signal(syscall.SIGCONT) }

// Do sends a command over a new connection and returns the reply. If the command fails,
// the test fails. Do sends no password, so most commands fail if the server requires one.
func (s *Server) Do(cmd string, args ...any) any {
	s.t.Helper()
	reply, err := s.try(cmd, args...)
	if err != nil {
		s.t.Fatalf("%s to redis at %s: %v", cmd, s.Addr, err)
	}
	return reply
}

func (s *Server) try(cmd string, args ...any) (any, error) {
	conn, err := redis.Dial("tcp", s.Addr, redis.DialConnectTimeout(patience), redis.DialReadTimeout(patience))
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	return conn.Do(cmd, args...)
}

// CutConnections makes the server close the connections of all clients, except replicas
// and subscribers.
func (s *Server) CutConnections() {
	s.t.Helper()
	s.Do("CLIENT", "KILL", "TYPE", "normal")
}

// Info returns the value of a field, such as "connected_clients", in the reply to INFO. If
// there is no such field, Info returns "".
func (s *Server) Info(field string) string {
	s.t.Helper()
	text, err := redis.String(s.Do("INFO", "all"), nil)
	if err != nil {
		s.t.Fatal(err)
	}
	return infoField(text, field)
}

func infoField(text, field string) string {
	_, text, _ = strings.Cut(text, "\n"+field+":")
	text, _, _ = strings.Cut(text, "\r")
	return text
}
