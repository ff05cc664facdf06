package failure_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/wxlogin/stores/internal/failure"
)

func TestReplyOf(t *testing.T) {
	type Reply = failure.Reply
	tests := []struct {
		text string
		want Reply
	}{
		{"", Reply{}},
		{"OOM", Reply{Code: "OOM"}},
		{"hunter2 OOM", Reply{}},
		{"Hunter", Reply{}},
		{"ABCDEFGHIJKLMNOPQRSTUVWXYZ", Reply{}},
		{"READONLY You can't write against a read only replica.", Reply{Code: "READONLY"}},
		{"ERR unknown command 'evalsha', with args beginning with: 'hunter2' ", Reply{"ERR", failure.UnknownCommand, "EVALSHA"}},
		{"ERR unknown command `EVALSHA`, with args beginning with: `hunter2`, ", Reply{"ERR", failure.UnknownCommand, "EVALSHA"}}, // Redis 6 quotes with backticks
		{"ERR unknown command 'hunter2'", Reply{"ERR", failure.UnknownCommand, ""}},
		{"NOPERM User app has no permissions to run the 'set' command", Reply{Code: "NOPERM", Command: "SET"}},
		{"NOPERM this user has no permissions to run the 'config|get' command", Reply{Code: "NOPERM"}},
		{"NOPERM No permissions to access a key", Reply{Code: "NOPERM", Meaning: failure.KeyNotAllowed}},
		{"NOPERM this user has no permissions to access one of the keys used as arguments", Reply{Code: "NOPERM", Meaning: failure.KeyNotAllowed}},
		{"ERR The user executing the script can't run this command or subcommand script: 1, on @user_script:2.", Reply{Code: "ERR", Meaning: failure.ScriptForbidden}},
		{"ERR Error running script (call to f_1): @user_script:2: @user_script: 2: -NOPERM The user executing the script can't run this command or subcommand", Reply{Code: "ERR", Meaning: failure.ScriptForbidden}},
		{"ERR ACL failure in script: User app has no permissions to run the 'set' command script: 1, on @user_script:1.", Reply{"ERR", failure.ScriptForbidden, "SET"}},
		{"ERR ACL failure in script: User app has no permissions to access the 'hunter2' key", Reply{Code: "ERR", Meaning: failure.KeyNotAllowed}},
		{"ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?", Reply{Code: "ERR", Meaning: failure.NoPasswordSet}},
		{"ERR Client sent AUTH, but no password is set", Reply{Code: "ERR", Meaning: failure.NoPasswordSet}},
		{"ERR DB index is out of range", Reply{Code: "ERR", Meaning: failure.NoSuchDatabase}},
		{"ERR SELECT is not allowed in cluster mode", Reply{Code: "ERR", Meaning: failure.NoSuchDatabase}},
		{"ERR max number of clients reached", Reply{Code: "ERR", Meaning: failure.TooManyClients}},
	}
	for _, test := range tests {
		if diff := cmp.Diff(test.want, failure.ReplyOf(test.text)); diff != "" {
			t.Errorf("%s:\n%s", test.text, diff)
		}
	}
}
