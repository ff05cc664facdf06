package stores_test

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gomodule/redigo/redis"

	"example.com/wxlogin/stores/storetest/redistest"
)

// An ACL refuses commands that are newer than Redis 2.8. The test finds newer options of older
// commands in the output of MONITOR.
func TestRedisSendsNothingNewerThanRedis28(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	if count(server.Info("redis_version")) < 7 {
		t.Skip("Redis before 7 does not know how old its commands are")
	}
	newer := newerCommands(server)
	if !slices.Contains(newer.commands, "unlink") || slices.Contains(newer.commands, "scan") || !slices.Contains(newer.options["SET"], "PXAT") {
		t.Fatalf("newer than 2.8: %+v", newer)
	}
	monitor, err := redis.Dial("tcp", server.Addr)
	if err != nil {
		t.Fatal(err)
	}
	defer monitor.Close()
	if _, err := monitor.Do("MONITOR"); err != nil {
		t.Fatal(err)
	}
	rules := []any{"SETUSER", "default"}
	for _, command := range newer.commands {
		rules = append(rules, "-"+command)
	}
	server.Do("ACL", rules...)

	store := openRedis(t, "redis://"+server.Addr+"/1")
	everyOperation(t, store)
	if err := store.Commit("key", []byte("value"), time.Now().Add(time.Hour)); err != nil {
		t.Error(err)
	}
	if all, err := store.All(); len(all) != 1 || err != nil {
		t.Error(all, err)
	}
	if err := store.Ping(t.Context()); err != nil {
		t.Error(err)
	}

	server.Do("ECHO", "end")
	quoted := regexp.MustCompile(`"(?:[^"\\]|\\.)*"`)
	seen := make(map[string]bool)
	for !seen["ECHO"] {
		line, err := redis.String(redis.ReceiveWithTimeout(monitor, 10*time.Second))
		if err != nil {
			t.Fatal(err)
		}
		words := quoted.FindAllString(line, -1)
		for i := range words {
			words[i], _ = strconv.Unquote(words[i])
		}
		command := strings.ToUpper(words[0])
		seen[command] = true
		for _, word := range words[1:] {
			if slices.Contains(newer.options[command], strings.ToUpper(word)) {
				t.Errorf("newer than Redis 2.8: %s in %s", word, line)
			}
		}
	}
	for _, command := range []string{"GET", "SET", "DEL", "EVAL", "EVALSHA", "SCAN", "MGET", "PING", "SELECT", "INFO", "TIME"} {
		if !seen[command] {
			t.Errorf("the test does not cover %s", command)
		}
	}
}

type newerThan28 struct {
	commands []string            // in lower case
	options  map[string][]string // from a command to its newer options, both in upper case
}

func newerCommands(s *redistest.Server) newerThan28 {
	newer := newerThan28{options: make(map[string][]string)}
	docs, _ := redis.Values(s.Do("COMMAND", "DOCS"), nil)
	for i := 0; i < len(docs); i += 2 {
		name, _ := redis.String(docs[i], nil)
		doc := fields(docs[i+1])
		if isNewer(doc) {
			newer.commands = append(newer.commands, name)
			continue
		}
		command := strings.ToUpper(name)
		var collect func(arguments any, newerAll bool)
		collect = func(arguments any, newerAll bool) {
			list, _ := arguments.([]any)
			for _, argument := range list {
				argument := fields(argument)
				is := newerAll || isNewer(argument)
				if token, _ := redis.String(argument["token"], nil); is && token != "" {
					newer.options[command] = append(newer.options[command], token)
				}
				collect(argument["arguments"], is)
			}
		}
		collect(doc["arguments"], false)
	}
	return newer
}

func fields(reply any) map[string]any {
	list, _ := reply.([]any)
	m := make(map[string]any)
	for i := 0; i+1 < len(list); i += 2 {
		name, _ := redis.String(list[i], nil)
		m[name] = list[i+1]
	}
	return m
}

func isNewer(doc map[string]any) bool {
	since, _ := redis.String(doc["since"], nil)
	major, rest, _ := strings.Cut(since, ".")
	return count(major) > 2 || count(major) == 2 && count(rest) > 8
}
