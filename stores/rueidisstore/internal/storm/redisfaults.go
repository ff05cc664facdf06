package storm

import (
	"math/rand/v2"
	"time"

	"example.com/wxlogin/stores/storetest/redistest"
)

const (
	redisUser     = "app"
	redisPassword = "hunter2"
)

// redisOptions makes redis-server create the user redisUser at each start.
var redisOptions = []string{"--user", redisUser, "on", ">" + redisPassword, "~*", "&*", "+@all"}

// fault is one way in which Redis fails. The function end does nothing if the failure ends
// by itself.
type fault struct {
	kind     string
	begin    func() (end func())
	min, max time.Duration // the limits for the random time between begin and end
}

func redisFaults(s *redistest.Server, p *proxy) []fault {
	do := func(cmd string, args ...any) func() { return func() { s.Do(cmd, args...) } }
	forbid := func(commands ...any) func() func() {
		return func() func() {
			s.Do("ACL", append([]any{"SETUSER", redisUser}, commands...)...)
			return do("ACL", "SETUSER", redisUser, "+@all")
		}
	}
	nothing := func() {}
	ms := time.Millisecond
	return []fault{
		{kind: "restart", begin: func() func() { s.Stop(); return s.Restart }, min: 50 * ms, max: 700 * ms},
		{kind: "kill", begin: func() func() { s.Kill(); return s.Restart }, min: 50 * ms, max: 700 * ms},
		{kind: "pause", begin: func() func() { s.Pause(); return s.Resume }, min: 100 * ms, max: 1500 * ms},
		{kind: "long pause", begin: func() func() { s.Pause(); return s.Resume }, min: 3200 * ms, max: 4500 * ms},
		{kind: "sleep", begin: func() func() { s.Do("DEBUG", "SLEEP", "0.4"); return nothing }, min: 0, max: 50 * ms},
		{kind: "resets", begin: func() func() { p.cut(1); return nothing }, min: 0, max: 50 * ms},
		{kind: "many resets", begin: func() func() {
			stop := make(chan struct{})
			done := make(chan struct{})
			go func() {
				defer close(done)
				for {
					select {
					case <-stop:
						return
					case <-time.After(30 * ms):
						p.cut(0.5)
					}
				}
			}()
			return func() { close(stop); <-done }
		}, min: 200 * ms, max: 1000 * ms},
		{kind: "no connections", begin: func() func() {
			p.refuses.Store(true)
			p.cut(1)
			return func() { p.refuses.Store(false) }
		}, min: 100 * ms, max: 800 * ms},
		{kind: "black hole", begin: func() func() { return p.stall(0.5) }, min: 300 * ms, max: 3500 * ms},
		{kind: "slow", begin: func() func() {
			p.delay.Store(int64(time.Duration(20+rand.IntN(150)) * ms))
			return func() { p.delay.Store(0) }
		}, min: 300 * ms, max: 1500 * ms},
		{kind: "replica", begin: func() func() {
			s.Do("REPLICAOF", "127.0.0.1", "1")
			return do("REPLICAOF", "NO", "ONE")
		}, min: 100 * ms, max: 800 * ms},
		{kind: "out of memory", begin: func() func() {
			s.Do("CONFIG", "SET", "maxmemory", "1")
			return do("CONFIG", "SET", "maxmemory", "0")
		}, min: 100 * ms, max: 800 * ms},
		{kind: "no SET", begin: forbid("-set"), min: 100 * ms, max: 600 * ms},
		{kind: "no GET", begin: forbid("-get"), min: 100 * ms, max: 600 * ms},
		{kind: "no DEL", begin: forbid("-del"), min: 100 * ms, max: 600 * ms},
		{kind: "no EVALSHA", begin: forbid("-evalsha"), min: 100 * ms, max: 600 * ms},
		{kind: "wrong password", begin: func() func() {
			s.Do("ACL", "SETUSER", redisUser, "resetpass", ">other")
			p.cut(1)
			return do("ACL", "SETUSER", redisUser, "resetpass", ">"+redisPassword)
		}, min: 100 * ms, max: 600 * ms},
		{kind: "scripts forgotten", begin: func() func() { s.Do("SCRIPT", "FLUSH"); return nothing }, min: 0, max: 50 * ms},
		{kind: "writes paused", begin: func() func() { s.Do("CLIENT", "PAUSE", "400", "WRITE"); return nothing }, min: 400 * ms, max: 450 * ms},
	}
}
