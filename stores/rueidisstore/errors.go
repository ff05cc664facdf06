package rueidisstore

import (
	"errors"
	"strings"

	"github.com/redis/rueidis"

	"example.com/wxlogin/stores/internal/failure"
	"example.com/wxlogin/stores/internal/ready"
	"example.com/wxlogin/stores/internal/redisurl"
)

// failed returns the error of an operation that failed with err. The parameter doing names
// the operation, as in "finding a session in redis". The text of the error contains no
// secret.
func failed(doing string, err error) error { return failure.New(doing, safeCause(err)) }

// safeCause converts errNotConnected and some errors of rueidis to errors that package
// failure can describe. It returns all other errors unchanged. The new errors do not
// contain the texts of rueidis. Some of these texts tell the reader to set an option of
// rueidis, which an application that calls Open cannot do.
func safeCause(err error) error {
	if reply, ok := rueidis.IsRedisErr(err); ok {
		return replyOf(reply.Error())
	}
	for _, e := range []struct {
		err  error
		text failure.Text
	}{
		{rueidis.ErrClosing, "the store is closed"},
		{rueidis.ErrNoSlot, "the Redis Cluster has no server for the key"},
		{errNotConnected, "there is no connection to redis"},
	} {
		if errors.Is(err, e.err) {
			return e.text
		}
	}
	if errors.Is(err, rueidis.ErrNoCache) {
		return ready.Say("redis refuses CLIENT TRACKING, which cached reads need: redis must be 6 or newer, and its user needs +client", replyOf(err.Error()))
	}
	// rueidis does not export the following errors, so safeCause compares their texts.
	switch text := err.Error(); {
	case text == "the redis role is not master":
		return failure.Text("the server that Sentinel names is not a master")
	case strings.HasPrefix(text, "received unknown message type"):
		return failure.NotRedis
	}
	return err
}

// replyOf returns the error for the text of an error reply of Redis. If the reply started
// with the word ERR, rueidis has removed this word. replyOf adds ERR again if the text does
// not start with an error code, such as OOM.
func replyOf(text string) failure.Reply {
	reply := failure.ReplyOf("ERR " + text)
	switch reply.Meaning {
	case failure.UnknownCommand, failure.NoPasswordSet, failure.NoSuchDatabase, failure.TooManyClients:
		return reply
	}
	code, _, _ := strings.Cut(text, " ")
	if code == "" || strings.ContainsFunc(code, func(r rune) bool { return r < 'A' || r > 'Z' }) {
		return reply
	}
	return failure.ReplyOf(text)
}

// openingCause is like safeCause, but for an error of rueidis.NewClient. The new error
// explains some mistakes of the operator in more detail, such as a wrong password for the
// Sentinels.
func openingCause(err error, u *redisurl.URL) error {
	cause := safeCause(err)
	reply, ok := cause.(failure.Reply)
	switch {
	case !ok:
	case u.Master != "" && strings.Contains(err.Error(), "No such master"):
		return ready.Say("the Sentinels know no master of the name in the URL", cause)
	case u.Master != "" && (reply.Code == "NOAUTH" || reply.Code == "WRONGPASS"):
		return ready.Say("Sentinel or redis refused the user name or the password ("+reply.Code+"): in the URL, sentinel_user and sentinel_password are for Sentinel, what stands before the hosts is for redis", cause)
	case u.Master != "" && reply.Code == "NOPERM":
		return ready.Say("Sentinel or redis refused a command (NOPERM): behind Sentinel, the redis user needs +role too", cause)
	case u.Master == "" && len(u.Addrs) > 1 && strings.Contains(err.Error(), "cluster support disabled"):
		return ready.Say("the URL names several hosts, but redis is not a cluster: name one host, or Sentinels by redis+sentinel://", cause)
	case u.Master == "" && len(u.Addrs) > 1 && reply.Code == "NOPERM":
		return ready.Say(needsClusterSlots, cause)
	}
	return cause
}

const needsClusterSlots = "the servers are those of a Redis Cluster, but the redis user may not ask for its nodes (NOPERM): allow +cluster|slots, from Redis 8 +cluster|shards"
