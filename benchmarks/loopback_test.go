package benchmarks_test

import (
	"bufio"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"example.com/wxlogin/benchmarks/internal/rig"
)

// BenchmarkLoopback measures a server in a separate process. The program wrk sends the
// requests over 32 connections. The server runs Go code on one core only (GOMAXPROCS=1),
// and wrk has one thread. With a higher GOMAXPROCS, the server could also use wrk's core
// while wrk waits. So a slow server could get more CPU time than a fast one.
func BenchmarkLoopback(b *testing.B) {
	if _, err := exec.LookPath("wrk"); err != nil {
		const missing = "wrk is not on PATH: on Debian, apt-get install wrk"
		if os.Getenv("CI") == "true" {
			b.Fatal(missing)
		}
		b.Skip(missing)
	}
	program := filepath.Join(b.TempDir(), "server")
	if out, err := exec.Command("go", "build", "-o", program, "./server").CombinedOutput(); err != nil {
		b.Fatalf("go build: %v\n%s", err, out)
	}
	for _, kind := range []string{"bare", "wxauth", "scs"} {
		b.Run(kind, func(b *testing.B) {
			url, header := serve(b, program, kind)
			rate := 0.0
			for b.Loop() {
				rate = wrk(b, url, header)
			}
			b.ReportMetric(rate, "req/s")
			b.ReportMetric(0, "ns/op") // removes ns/op, which would always be about one second
		})
	}
}

func serve(b *testing.B, program, kind string) (url, header string) {
	b.Helper()
	cmd := exec.Command(program, kind)
	cmd.Env = append(os.Environ(), "GOMAXPROCS=1")
	stdin, err := cmd.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		stdin.Close()
		cmd.Wait()
	})
	lines := bufio.NewScanner(stdout)
	lines.Scan()
	url = lines.Text()
	lines.Scan()
	header = lines.Text()

	r, err := http.NewRequest("GET", url, nil)
	if err != nil {
		b.Fatal(err)
	}
	name, value, _ := strings.Cut(header, ": ")
	r.Header.Set(name, value)
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		b.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if string(body) != rig.OpenID {
		b.Fatalf("the %s server answers %d %s: %v", kind, resp.StatusCode, body, err)
	}
	return url, header
}

var requestsPerSecond = regexp.MustCompile(`Requests/sec:\s+([0-9.]+)`)

func wrk(b *testing.B, url, header string) float64 {
	b.Helper()
	out, err := exec.Command("wrk", "-t1", "-c32", "-d1s", "-H", header, url).CombinedOutput()
	rate := requestsPerSecond.FindSubmatch(out)
	if err != nil || rate == nil || strings.Contains(string(out), "Non-2xx") || strings.Contains(string(out), "Socket errors") {
		b.Fatalf("wrk: %v\n%s", err, out)
	}
	r, err := strconv.ParseFloat(string(rate[1]), 64)
	if err != nil {
		b.Fatal(err)
	}
	return r
}
