package ready_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"example.com/wxlogin/stores"
	"example.com/wxlogin/stores/internal/ready"
)

func TestCheckServer(t *testing.T) {
	info := func(version, policy string) string {
		return "# Server\r\nredis_version:" + version + "\r\nos:Linux\r\n\r\n# Memory\r\nmaxmemory_policy:" + policy + "\r\n"
	}
	const minute = time.Minute
	tests := []struct {
		name   string
		info   string        // the reply to INFO; if "", INFO is refused
		policy string        // the policy in the reply to CONFIG GET; if "", CONFIG GET is refused
		off    time.Duration // how far the clock of Redis is ahead; if -1, TIME is refused
		delay  time.Duration
		oldest [2]int
		want   string
	}{
		{name: "all refused", off: -1},
		{name: "all well", info: info("7.0.15", "noeviction"), policy: "noeviction"},
		{name: "oldest", info: info("2.8.0", ""), policy: "noeviction"},
		{name: "too old", info: info("2.6.17", ""), want: "redis 2.6.17 is too old: 2.8 or newer is needed"},
		{name: "much too old", info: info("1.3.6", ""), want: "redis 1.3.6 is too old: 2.8 or newer is needed"},
		{name: "too old for the store", info: info("5.0.14", ""), oldest: [2]int{6, 0}, want: "redis 5.0.14 is too old: 6.0 or newer is needed"},
		{name: "two digits", info: info("10.0.1", "noeviction")},
		{name: "odd version", info: info("unstable", "noeviction")},
		{name: "evicts", info: info("7.0.15", "volatile-lru"), want: "redis may evict sessions and user records (maxmemory-policy is volatile-lru): set noeviction"},
		{name: "evicts, only CONFIG tells", policy: "allkeys-lfu", want: "redis may evict sessions and user records (maxmemory-policy is allkeys-lfu): set noeviction"},
		{name: "a clock a bit behind", off: -5 * time.Second},
		{name: "a clock a bit ahead", off: 5 * time.Second},
		{name: "a clock behind", off: -minute, want: "the clock of redis is 1m0s behind the clock of this machine: set both by NTP"},
		{name: "a clock ahead", off: minute, want: "the clock of redis is 1m0s ahead of the clock of this machine: set both by NTP"},
		{name: "slow replies", off: 6 * time.Second, delay: 700 * time.Millisecond, want: "the clock of redis is 6s ahead of the clock of this machine: set both by NTP"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				time.Sleep(500 * time.Millisecond) // without it, some cases would get one second less, such as 59s
				ask := func(_ context.Context, command ...string) ([]string, error) {
					time.Sleep(test.delay)
					now := time.Now().Add(test.off)
					switch cmd := strings.Join(command, " "); {
					case command[0] == "EVAL":
						return []string{"ok"}, nil
					case cmd == "INFO" && test.info != "":
						return []string{test.info}, nil
					case cmd == "CONFIG GET maxmemory-policy" && test.policy != "":
						return []string{"maxmemory-policy", test.policy}, nil
					case cmd == "TIME" && test.off != -1:
						return []string{fmt.Sprint(now.Unix()), fmt.Sprint(now.Nanosecond() / 1000)}, nil
					}
					return nil, errors.New("refused")
				}
				if test.oldest == [2]int{} {
					test.oldest = [2]int{2, 8}
				}
				err := ready.Check(t.Context(), ready.Probe{Store: stores.NewMemory(), Servers: []ready.Ask{ask}, Oldest: test.oldest})
				if got := fmt.Sprint(err); test.want != "" && got != test.want || test.want == "" && err != nil {
					t.Errorf("got  %v\nwant %s", got, test.want)
				}
			})
		})
	}
}
