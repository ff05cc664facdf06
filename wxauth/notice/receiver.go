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

// ReasonAccountClosed is the reason that clients get for logins that AccountClosed
// ended.
const ReasonAccountClosed = "account_closed"

const (
	// handleLimit is how long the handling of a message may take. WeChat waits for 5 s.
	handleLimit = 4 * time.Second
	// revokeLimit limits the call of Revoke, so OnNotice has time left if the session
	// store hangs.
	revokeLimit = 2 * time.Second

	maxEcho    = 256 // WeChat sends 19 digits
	shortToken = 16
)

// Config configures a Receiver. It holds secrets: do not print it.
type Config struct {
	// AppID is the appid of the mini program. The Auth must serve this mini program.
	AppID string

	// Token is the Token entered at mp.weixin.qq.com. New logs a warning if the Token
	// has fewer than 16 characters: an attacker can find a short Token from one
	// recorded message.
	Token string

	// EncodingAESKeys are the keys entered at mp.weixin.qq.com, 43 characters each. The
	// first key must be the newest. To change the key, put the new key first in this
	// list, then enter it at mp.weixin.qq.com, and remove the old key an hour later.
	EncodingAESKeys []string

	// OnNotice is called for every message, at least once. Its context ends 4 seconds
	// after the message arrived; it does not end earlier if WeChat disconnects. If
	// OnNotice returns an error, the answer is 500, and WeChat sends the message again.
	// Calls can run at the same time. A nil OnNotice accepts all messages.
	OnNotice func(ctx context.Context, n Notice) error

	// Logger receives the reasons why messages were refused, and the errors of Revoke
	// and OnNotice. The default is slog.Default().
	Logger *slog.Logger
}

// Receiver receives the message push of one mini program. It is safe for
// concurrent use.
type Receiver struct {
	auth     *wxauth.Auth
	appID    string
	sign     func(parts ...string) string // hides the Token from package fmt
	open     func(encrypt string) ([]byte, error)
	onNotice func(ctx context.Context, n Notice) error
	logger   *slog.Logger
}

// New returns a Receiver that ends logins of auth. It fails if auth is nil, or if a
// field of c is missing or malformed. The error names the field.
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
// has two unused bits. WeChat sets these bits in the keys that it generates, so a
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

// ServeHTTP answers WeChat's requests. A GET is WeChat's check of the URL; the answer
// is its echostr. A POST is a message; the answer is "success". A request that is not
// authentic gets 403. If Revoke or OnNotice fails, the answer is 500.
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

// serveCheck answers the check that WeChat makes when an operator enters the URL.
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
	// If WeChat disconnects, the user's logins must still end.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), handleLimit)
	defer cancel()
	if err := rec.handle(ctx, n); err != nil {
		rec.logger.ErrorContext(r.Context(), "notice: a message failed", "app", rec.appID, "event", n.Event, "error", err)
		answer(w, http.StatusInternalServerError, "failed")
		return
	}
	answer(w, http.StatusOK, "success")
}

// handle ends the logins of a closed account and calls OnNotice. It calls OnNotice even
// if Revoke failed, because the session store may stay down until WeChat stops
// repeating the message.
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

// closesAccount reports whether n ends the user's logins. A notice with a
// PluginID is about a plugin's user, whose ids are not the mini program's.
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

// refuse answers 403. After a 403, WeChat does not send the message again.
func (rec *Receiver) refuse(w http.ResponseWriter, r *http.Request, err error) {
	rec.logger.WarnContext(r.Context(), "notice: a request was refused", "app", rec.appID, "error", err)
	answer(w, http.StatusForbidden, "refused")
}

// answer writes a plain text. Its headers keep browsers from treating the text as
// another type.
func answer(w http.ResponseWriter, status int, text string) {
	h := w.Header()
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	io.WriteString(w, text) // an error means that WeChat has disconnected
}
