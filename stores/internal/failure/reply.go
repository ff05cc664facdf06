package failure

import "strings"

// Reply is an error reply of Redis, without the text of the reply. Redis quotes
// arguments in the text, and an argument can be a key, a value or a password.
type Reply struct {
	Code    string // the first word, such as OOM or READONLY; "" if the first word does not look like a code
	Meaning Meaning
	Command string // the refused command, or "" if unknown
}

// Meaning distinguishes replies that have the same Code.
type Meaning int

// In these comments, ERR and NOPERM are the Code of a reply with that meaning.
const (
	CodeAlone       Meaning = iota // none of the following meanings
	UnknownCommand                 // ERR: the command does not exist or was renamed
	WrongPassword                  // ERR of AUTH, before Redis 6
	NoPasswordSet                  // ERR of AUTH: the server has no password set
	NoSuchDatabase                 // ERR: SELECT with a number that is too high, or SELECT in a cluster
	TooManyClients                 // ERR: maxclients is reached
	KeyNotAllowed                  // NOPERM: the user is not allowed to use the key
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

// quotedCommand returns the first quoted word of s if the word is in a list of commands.
// Any other word could be an argument, which can be a secret.
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

// If a reply contains one of these texts, the reply has the meaning beside the text. The
// texts are from Redis 2.8 to 8. If Redis quotes an argument that contains such a text,
// ReplyOf can return a wrong meaning. The only harm is a misleading log line.
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
	{"-NOPERM", ScriptForbidden},                    // Redis 6
}

func (r Reply) Error() string {
	if r.Code == "" {
		return "redis replied with an unknown error"
	}
	return "redis replied " + r.Code
}
