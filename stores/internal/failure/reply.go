package failure

import "strings"

// Reply is an error reply of Redis, without its text. Redis quotes arguments in
// the text, and an argument can be a key, a value or a password.
type Reply struct {
	Code    string // the first word, such as OOM or READONLY; "" if the first word does not look like a code
	Meaning Meaning
	Command string // the command that was refused, or "" if the stores do not send it
}

// Meaning distinguishes replies that have the same first word.
type Meaning int

// The meanings.
const (
	CodeAlone       Meaning = iota // the code is enough
	UnknownCommand                 // ERR: the command does not exist or was renamed
	WrongPassword                  // ERR of AUTH, before Redis 6
	NoPasswordSet                  // ERR of AUTH: the server has no password set
	NoSuchDatabase                 // ERR: SELECT with a number that is too high, or SELECT in a cluster
	TooManyClients                 // ERR: maxclients is reached
	KeyNotAllowed                  // NOPERM for the key, not for the command
	ScriptForbidden                // the user may run scripts, but not a command that the script calls
)

// ReplyOf returns the error for the text of an error reply.
func ReplyOf(text string) Reply {
	code, rest, _ := strings.Cut(text, " ")
	if strings.Trim(code, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" || len(code) > 20 {
		code = "" // another kind of server may send any first word
	}
	r := Reply{Code: code, Command: quotedCommand(rest)}
	for _, m := range meanings {
		if strings.Contains(rest, m.text) {
			r.Meaning = m.meaning
			break
		}
	}
	return r
}

// quotedCommand returns the first quoted word of s if that word is a command that the
// stores send. Any other word may be an argument.
func quotedCommand(s string) string {
	i := strings.IndexAny(s, "'`")
	if i < 0 {
		return ""
	}
	word, _, _ := strings.Cut(strings.ReplaceAll(s[i+1:], "`", "'"), "'")
	for _, command := range []string{"GET", "SET", "DEL", "EVAL", "EVALSHA", "SCAN", "MGET", "PING", "AUTH", "SELECT", "HELLO", "CLIENT"} {
		if strings.EqualFold(word, command) {
			return command
		}
	}
	return ""
}

// The texts are from Redis 2.8 to 8. An argument that Redis quotes can look like one of
// these texts. Such an argument does no harm except a misleading log line.
var meanings = []struct {
	text    string
	meaning Meaning
}{
	{"unknown command", UnknownCommand},
	{"invalid password", WrongPassword},
	{"without any password configured", NoPasswordSet},
	{"no password is set", NoPasswordSet}, // before Redis 6
	{"DB index is out of range", NoSuchDatabase},
	{"invalid DB index", NoSuchDatabase},
	{"SELECT is not allowed in cluster mode", NoSuchDatabase},
	{"max number of clients reached", TooManyClients},
	{"access one of the keys", KeyNotAllowed}, // Redis 6 and 7
	{"access a key", KeyNotAllowed},
	{"executing the script can't", ScriptForbidden}, // Redis 7
	{"-NOPERM", ScriptForbidden},                    // Redis 6, as the cause of a script's error
}

func (r Reply) Error() string {
	if r.Code == "" {
		return "redis replied with an unknown error"
	}
	return "redis replied " + r.Code
}
