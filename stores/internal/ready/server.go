package ready

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"example.com/wxlogin/stores/internal/failure"
)

// skew is the largest allowed difference between the clocks of Redis and of this
// machine. Package wxauth needs similar clocks on all instances of the application. An
// instance cannot see the clocks of the others, so Check compares the clock of this
// machine with the clock of Redis.
const skew = 5 * time.Second

// server checks one Redis server. Often the Redis user is not allowed to run INFO, CONFIG
// GET or TIME. If such a command fails, server skips the checks that need its reply.
func server(ctx context.Context, ask Ask, oldest [2]int) error {
	// A swap sends EVAL only if Redis does not know the script. So the swaps in Probe.use
	// do not prove that the Redis user is allowed to run EVAL.
	if _, err := ask(ctx, "EVAL", "return 'ok'", "0"); err != nil {
		return err
	}
	var policy string
	if reply, err := ask(ctx, "INFO"); err == nil && len(reply) == 1 {
		if version := infoField(reply[0], "redis_version"); older(version, oldest) {
			return failure.Text(fmt.Sprintf("redis %s is too old: %d.%d or newer is needed", version, oldest[0], oldest[1]))
		}
		policy = infoField(reply[0], "maxmemory_policy")
	}
	if policy == "" { // INFO failed or does not contain the policy
		if reply, err := ask(ctx, "CONFIG", "GET", "maxmemory-policy"); err == nil && len(reply) == 2 {
			policy = reply[1]
		}
	}
	if policy != "" && policy != "noeviction" {
		return failure.Text(fmt.Sprintf("redis may evict sessions and user records (maxmemory-policy is %s): set noeviction", policy))
	}
	before := time.Now()
	if reply, err := ask(ctx, "TIME"); err == nil && len(reply) == 2 {
		return clock(reply[0], before, time.Now())
	}
	return ctx.Err()
}

// clock returns an error if the clock of Redis certainly differs from this machine's
// clock by more than skew. The parameter reply is the Unix time in seconds that TIME
// returned. The command TIME ran between before and after.
func clock(reply string, before, after time.Time) error {
	seconds, err := strconv.ParseInt(reply, 10, 64)
	if err != nil {
		return nil
	}
	off := before.Sub(time.Unix(seconds+1, 0)) // this machine's clock is ahead by at least off
	way := "behind"
	if off < 0 {
		off = time.Unix(seconds, 0).Sub(after)
		way = "ahead of"
	}
	if off <= skew {
		return nil
	}
	return failure.Text(fmt.Sprintf("the clock of redis is %v %s the clock of this machine: set both by NTP", off.Round(time.Second), way))
}

func infoField(info, name string) string {
	_, rest, found := strings.Cut("\n"+info, "\n"+name+":")
	if !found {
		return ""
	}
	value, _, _ := strings.Cut(rest, "\n")
	return strings.TrimSpace(value)
}

func older(version string, oldest [2]int) bool {
	major, rest, ok := strings.Cut(version, ".")
	minor, _, ok2 := strings.Cut(rest, ".")
	a, err := strconv.Atoi(major)
	b, err2 := strconv.Atoi(minor)
	if !ok || !ok2 || err != nil || err2 != nil {
		return false // an unknown version counts as new enough
	}
	return a < oldest[0] || a == oldest[0] && b < oldest[1]
}
