package ready

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"syscall"

	"example.com/wxlogin/stores/internal/failure"
)

// Explain returns an error that wraps err. The text of the new error usually tells an
// operator what is wrong, and often how to fix it. If Explain does not know the kind of
// err, the text is the result of [failure.Describe]. The text contains no secret.
func Explain(err error, prefix string) error {
	return &explained{words(err, prefix), err}
}

// Say returns an error that wraps err and has the given text. The text must not contain
// a secret.
func Say(text string, err error) error { return &explained{text, err} }

type explained struct {
	text  string
	cause error
}

func (e *explained) Error() string     { return e.text }
func (e *explained) SafeError() string { return e.text }
func (e *explained) Unwrap() error     { return e.cause }

func words(err error, prefix string) string {
	var (
		text   *explained
		reply  failure.Reply
		dns    *net.DNSError
		record tls.RecordHeaderError
		cert   *tls.CertificateVerificationError
		op     *net.OpError
	)
	switch {
	case errors.As(err, &text):
		return text.text
	case errors.As(err, &reply):
		return replyWords(reply, prefix)
	case errors.Is(err, failure.NotRedis):
		return string(failure.NotRedis) + ": check host and port"
	case errors.As(err, &dns):
		return fmt.Sprintf("the host name %s cannot be resolved: check the host in the URL", dns.Name)
	case errors.As(err, &cert):
		return fmt.Sprintf("the certificate of redis is not trusted (%v): install its authority, or name the host as the certificate does", cert.Err)
	case errors.As(err, &record):
		return "redis does not speak TLS: the URL must start with redis:// instead of rediss://"
	case errors.As(err, &op) && op.Op == failure.TLSAlert:
		return fmt.Sprintf("redis refuses the TLS connection (%v): if it wants a certificate of its clients, give the store connections of your own that have one", op.Err)
	case errors.As(err, &op) && op.Op == "dial":
		return "redis cannot be reached: " + failure.Describe(op)
	case errors.Is(err, context.DeadlineExceeded):
		return "redis did not answer in time: " + failure.Describe(err)
	case errors.Is(err, io.EOF), errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return "redis closed the connection: check whether it speaks TLS, and wants a certificate of its clients"
	}
	return failure.Describe(err)
}

const (
	commands      = "+get +set +del +eval +evalsha"
	wrongPassword = "redis refused the user name or the password (WRONGPASS)"
)

func replyWords(reply failure.Reply, prefix string) string {
	command := reply.Command
	if command == "" {
		command = "a command"
	}
	switch reply.Meaning {
	case failure.UnknownCommand:
		return fmt.Sprintf("redis does not know %s: it was renamed or disabled, or the server is no redis", command)
	case failure.WrongPassword:
		return wrongPassword
	case failure.NoPasswordSet:
		return "the URL has a password, but redis has none set"
	case failure.NoSuchDatabase:
		return "redis has no database of that number: check the end of the URL; a Redis Cluster has only 0"
	case failure.TooManyClients:
		return "redis has as many connections as its maxclients allows"
	case failure.KeyNotAllowed:
		return fmt.Sprintf("the redis user may not use the keys %[1]s* (NOPERM): allow them with ~%[1]s*, or set the prefix in the URL", prefix)
	case failure.ScriptForbidden:
		return "the redis user may run scripts, but not GET, SET and DEL in them: allow " + commands
	}
	switch reply.Code {
	case "WRONGPASS":
		return wrongPassword
	case "NOAUTH":
		return "redis wants a password (NOAUTH): add it to the URL, as in redis://:password@host"
	case "NOPERM":
		if command == "SELECT" {
			return "the redis user may not run SELECT (NOPERM): allow +select, or use database 0"
		}
		return fmt.Sprintf("the redis user may not run %s (NOPERM): allow %s", command, commands)
	case "READONLY":
		return "redis is a replica (READONLY): connect to its master, or use package rueidisstore with Sentinel"
	case "MOVED", "ASK":
		return fmt.Sprintf("redis is a node of a Redis Cluster (%s): use package rueidisstore", reply.Code)
	case "MASTERDOWN":
		return "redis is a replica that lost its master (MASTERDOWN)"
	case "CLUSTERDOWN":
		return "the Redis Cluster is incomplete (CLUSTERDOWN)"
	case "OOM":
		return "redis is out of memory (OOM): raise maxmemory"
	case "LOADING":
		return "redis is still loading its data (LOADING)"
	case "MISCONF":
		return "redis cannot save to its disk and refuses writes (MISCONF)"
	case "NOREPLICAS":
		return "redis has fewer replicas than min-replicas-to-write and refuses writes (NOREPLICAS)"
	case "DENIED":
		return "redis is in protected mode (DENIED): set a password in redis"
	}
	return reply.Error()
}
