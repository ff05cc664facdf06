package notice

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"time"

	"example.com/wxlogin/wxauth"
)

// ReasonAccountClosed is the reason that ServeHTTP passes to Auth.Revoke when a user closes
// their account.
const ReasonAccountClosed = "account_closed"

const (
	// handleLimit is the timeout for Revoke and OnNotice together. WeChat waits 5 s for
	// an answer.
	handleLimit = 4 * time.Second
	// revokeLimit is the timeout for Revoke alone. If the session store hangs for this
	// time, OnNotice still has 2 s.
	revokeLimit = 2 * time.Second

	maxEcho    = 256 // the maximum length of the query parameter echostr in bytes; WeChat's sample value has 19
	shortToken = 16
)

// Config configures a Receiver. It holds secrets: do not print it.
type Config struct {
	// AppID is the appid of the mini program. The Auth that you pass to New must serve
	// this mini program.
	AppID string

	// Token is the text that you entered as Token in the message push settings at
	// mp.weixin.qq.com. It is not the token of a login. New logs a warning if the Token
	// has fewer than 16 characters. An attacker who has recorded one request of WeChat
	// can find a short Token by trying all short Tokens.
	Token string

	// EncodingAESKeys contains the EncodingAESKey that you entered at mp.weixin.qq.com.
	// During a change of the key, it contains the new key and the old key. Each key has
	// 43 characters. The Receiver tries the keys in the order of the list until one of
	// them decrypts the message.
	//
	// To change the key, first add the new key at the start of the list. Then enter the
	// new key at mp.weixin.qq.com. Remove the old key from the list an hour later.
	EncodingAESKeys []string

	// ServeHTTP calls OnNotice for every message that it does not refuse. The context
	// ends at most 4 seconds after ServeHTTP has read the message. It does not end when
	// WeChat disconnects. If OnNotice returns an error, the answer is 500, and WeChat
	// repeats the message at most three times. Several calls of OnNotice can run at the
	// same time. If OnNotice is nil, the Receiver only ends logins.
	OnNotice func(ctx context.Context, n Notice) error

	// Logger receives the cause of every 403 and 500, and a warning about a short Token.
	// The default is slog.Default().
	Logger *slog.Logger
}

// Receiver is the handler for the messages that WeChat sends to the server of one mini
// program. It is safe for concurrent use.
type Receiver struct {
	auth     *wxauth.Auth
	appID    string
	sign     func(parts ...string) string // a function, so package fmt cannot print the Token
	open     func(encrypt string) ([]byte, error)
	onNotice func(ctx context.Context, n Notice) error
	logger   *slog.Logger
}

// New returns a Receiver that ends logins with auth.Revoke. New fails if auth is nil, if
// AppID, Token or EncodingAESKeys is empty, or if a key is malformed.
func New(auth *wxauth.Auth, c Config) (*Receiver, error) {
	if auth == nil {
		return nil, errors.New("notice: auth is nil")
	}
	if c.AppID == "" {
		return nil, errors.New("notice: Config.AppID is empty")
	}
	if c.Token == "" {
		return nil, errors.New("notice: Config.Token is empty")
	}
	if len(c.EncodingAESKeys) == 0 {
		return nil, errors.New("notice: Config.EncodingAESKeys is empty")
	}
	var keys [][]byte
	for i, text := range c.EncodingAESKeys {
		key, err := decodeKey(text)
		if err != nil {
			return nil, fmt.Errorf("notice: Config.EncodingAESKeys[%d] %w", i, err)
		}
		keys = append(keys, key)
	}
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	if len(c.Token) < shortToken {
		c.Logger.Warn("notice: the Token is short; use 16 to 32 random characters", "app", c.AppID, "characters", len(c.Token))
	}
	return &Receiver{
		auth:     auth,
		appID:    c.AppID,
		sign:     newSigner(c.Token),
		open:     newOpener(keys, c.AppID),
		onNotice: c.OnNotice,
		logger:   c.Logger,
	}, nil
}

// decodeKey returns the 32 bytes of an EncodingAESKey. The last of the 43 characters
// has two unused bits. In some of WeChat's sample keys, one of these bits is 1. A
// strict decoder would refuse such keys.
func decodeKey(text string) ([]byte, error) {
	if len(text) != 43 {
		return nil, errors.New("must have 43 characters")
	}
	key, err := base64.StdEncoding.DecodeString(text + "=")
	if err != nil || len(key) != 32 {
		return nil, errors.New("must have only letters, digits, + and /")
	}
	return key, nil
}

// ServeHTTP answers WeChat's requests. With a GET, WeChat checks the URL that you entered
// at mp.weixin.qq.com. The answer is the value of the query parameter echostr. A POST is
// a message, and the answer is "success". If Auth.Revoke or Config.OnNotice fails, the
// answer is 500. If a GET or POST is refused, for example because it is not authentic,
// the answer is 403. For methods other than GET and POST, the answer is 405.
func (rec *Receiver) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch r.Method {
	case http.MethodGet:
		rec.serveCheck(w, r)
	case http.MethodPost:
		rec.serveMessage(w, r)
	default:
		w.Header().Set("Allow", "GET, POST")
		answer(w, http.StatusMethodNotAllowed, "only GET and POST are allowed")
	}
}

// serveCheck answers the request that WeChat sends when somebody enters the server's URL
// at mp.weixin.qq.com.
func (rec *Receiver) serveCheck(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	echo := q.Get("echostr")
	if !equal(q.Get("signature"), rec.sign(q.Get("timestamp"), q.Get("nonce"))) || echo == "" || len(echo) > maxEcho {
		rec.refuse(w, r, errors.New("the signature of a URL check is wrong, or its echostr is missing"))
		return
	}
	answer(w, http.StatusOK, echo)
}

func (rec *Receiver) serveMessage(w http.ResponseWriter, r *http.Request) {
	n, err := rec.Read(r)
	if err != nil {
		rec.refuse(w, r, err)
		return
	}
	// The user's logins must end even if WeChat disconnects.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), handleLimit)
	defer cancel()
	if err := rec.handle(ctx, n); err != nil {
		rec.logger.ErrorContext(r.Context(), "notice: a message failed", "app", rec.appID, "event", n.Event, "error", err)
		answer(w, http.StatusInternalServerError, "failed")
		return
	}
	answer(w, http.StatusOK, "success")
}

// handle calls OnNotice even if Revoke failed. The session store can stay down until
// WeChat stops repeating the message, and OnNotice must not miss the message.
func (rec *Receiver) handle(ctx context.Context, n Notice) error {
	var revoked, noticed error
	if rec.closesAccount(n) {
		revoked = rec.revoke(ctx, n.OpenID)
	}
	if rec.onNotice != nil {
		noticed = rec.onNotice(ctx, n)
	}
	return errors.Join(revoked, noticed)
}

// closesAccount reports whether the Receiver must end a user's logins because of n. A
// notice with a PluginID is about a user of a plugin and not of the mini program.
func (rec *Receiver) closesAccount(n Notice) bool {
	return n.Event == AccountClosed && n.OpenID != "" && n.PluginID == "" &&
		(n.AppID == "" || n.AppID == rec.appID)
}

func (rec *Receiver) revoke(ctx context.Context, openID string) error {
	ctx, cancel := context.WithTimeout(ctx, revokeLimit)
	defer cancel()
	id := wxauth.Identity{AppID: rec.appID, OpenID: openID}
	if _, err := rec.auth.Revoke(ctx, id, ReasonAccountClosed); err != nil {
		return fmt.Errorf("ending the logins of a closed account: %w", err)
	}
	return nil
}

func (rec *Receiver) refuse(w http.ResponseWriter, r *http.Request, err error) {
	rec.logger.WarnContext(r.Context(), "notice: a request was refused", "app", rec.appID, "error", err)
	answer(w, http.StatusForbidden, "refused")
}

// answer sends text as text/plain with nosniff, so browsers do not treat it as HTML. The
// text can be the query parameter echostr, which an attacker can choose.
func answer(w http.ResponseWriter, status int, text string) {
	h := w.Header()
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	io.WriteString(w, text) // an error cannot be reported to WeChat, because the status can no longer change
}
