package ready_test

import (
	"context"
	"errors"
	"testing"

	"example.com/wxlogin/stores"
	"example.com/wxlogin/stores/internal/failure"
	"example.com/wxlogin/stores/internal/ready"
)

// It is hard to get some of these replies from a real Redis. For other replies, see
// TestRedisReadyTellsWhatIsWrong of package stores.
func TestExplainReplies(t *testing.T) {
	tests := []struct{ reply, want string }{
		{"LOADING Redis is loading the dataset in memory", "redis is still loading its data (LOADING)"},
		{"DENIED Redis is running in protected mode", "redis is in protected mode (DENIED): set a password in redis"},
		{"MASTERDOWN Link with MASTER is down", "redis is a replica that lost its master (MASTERDOWN)"},
		{"CLUSTERDOWN Hash slot not served", "the Redis Cluster is incomplete (CLUSTERDOWN)"},
		{"ASK 1 10.0.0.1:6379", "redis is a node of a Redis Cluster (ASK): use package rueidisstore"},
		{"ERR invalid password", "redis refused the user name or the password (WRONGPASS)"},
		{"ERR Client sent AUTH, but no password is set", "the URL has a password, but redis has none set"},
		{"NOPERM this user has no permissions to run the 'config|get' command", "the redis user may not run a command (NOPERM): allow +get +set +del +eval +evalsha"},
		{"WRONGTYPE Operation against a key holding the wrong kind of value", "redis replied WRONGTYPE"},
		{"-", "redis replied with an unknown error"},
	}
	for _, test := range tests {
		cause := failure.New("finding a session", failure.ReplyOf(test.reply))
		err := ready.Explain(cause, "scs:session:")
		var safe stores.SafeError
		if !errors.As(err, &safe) || safe.SafeError() != test.want || err.Error() != test.want {
			t.Errorf("%s:\n got %v\nwant %s", test.reply, err, test.want)
		}
		if !errors.Is(err, failure.ReplyOf(test.reply)) {
			t.Errorf("%s: the cause is lost", test.reply)
		}
		if again := ready.Explain(err, ""); again.Error() != test.want {
			t.Errorf("%s: explained twice: %v", test.reply, again)
		}
	}
	if err := ready.Explain(failure.New("finding a session", context.Canceled), ""); !errors.Is(err, context.Canceled) {
		t.Errorf("%v is not context.Canceled", err)
	}
}
