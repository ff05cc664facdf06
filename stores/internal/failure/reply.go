package failure

import "strings"

// Reply describes an error reply of Redis. A Reply contains only some words of the reply's
// text, because Redis can quote arguments of a command in the text. An argument can be a
// key, a value or a password.
type Reply struct {
	Code    string // the first word of the text, such as OOM; "" if it is not 1 to 20 capital letters
	Meaning Meaning
	Command string // the refused command if ReplyOf finds it in the text, otherwise ""
}

// Meaning distinguishes replies that have the same Code.
type Meaning int

// In the comments of these constants, ERR or NOPERM is the Code of the reply.
const (
	CodeAlone       Meaning = iota // none of the following meanings
	UnknownCommand                 // ERR: the command does not exist or was renamed
	WrongPassword                  // ERR: AUTH with a wrong password, before Redis 6
	NoPasswordSet                  // ERR: AUTH with a password, but the server has no password set
	NoSuchDatabase                 // ERR: SELECT of a database that does not exist; a Redis Cluster has only database 0
	TooManyClients                 // ERR: maxclients is reached
	KeyNotAllowed                  // NOPERM, or ERR in a script: the user is not allowed to use the key
	ScriptForbidden                // ERR: the user is allowed to run scripts, but not a command in the script
)

// ReplyOf makes a Reply from the text of an error reply.
func ReplyOf(text string) Reply {
	code, rest, _ := strings.Cut(text, " ")
	if strings.Trim(code, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" || len(code) > 20 {
		code = "" // a server that is not Redis can send a secret as the first word
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

// quotedCommand returns the Redis command that s quotes first. It returns "" if the quoted
// text is not one of the commands below, because the text could be a secret argument.
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

// meanings lists parts of error texts of Redis. If Redis quotes an argument that contains
// a listed part, the meaning can be wrong. The only harm is a misleading error text.
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
	{"access one of the keys", KeyNotAllowed}, // Redis 6 and 7.0
	{"access a key", KeyNotAllowed},
	{"permissions to access the '", KeyNotAllowed},
	{"ACL failure in script", ScriptForbidden},      // newer than Redis 7.0
	{"executing the script can't", ScriptForbidden}, // Redis 6 and 7.0
	{"-NOPERM", ScriptForbidden},                    // Redis 6
}

func (r Reply) Error() string {
	if r.Code == "" {
		return "redis replied with an unknown error"
	}
	return "redis replied " + r.Code
}
