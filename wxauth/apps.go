package wxauth

import (
	"context"
	"errors"
	"fmt"

	"example.com/wxlogin/wxauth/wxapi"
)

// apps finds the wxapi.Client of an appid. It searches Config.Apps first, then calls
// Config.FindApp.
type apps struct {
	listed map[string]*wxapi.Client
	only   string    // the appid of the listed app; "" if not exactly one is listed
	found  foundApps // the apps that Config.FindApp returned
}

// client returns the wxapi.Client of an appid. If no app with this appid is served, the
// error is ErrUnknownApp. If Config.FindApp gives no answer, the error wraps
// errFindApp.
func (a *apps) client(ctx context.Context, appID string) (*wxapi.Client, error) {
	if client := a.listed[appID]; client != nil {
		return client, nil
	}
	if a.found.find == nil {
		return nil, ErrUnknownApp
	}
	return a.found.client(ctx, appID)
}

// served returns nil if the app with this appid is served. Otherwise it returns the
// error of apps.client.
func (a *apps) served(ctx context.Context, appID string) error {
	if appID == a.only && appID != "" {
		return nil
	}
	_, err := a.client(ctx, appID)
	return err
}

// Every error of findAppFailure wraps errFindApp. The client gets 503, never 401. A 401
// would make all clients log in again during an outage of the application's database.
var errFindApp = errors.New("Config.FindApp failed")

// findAppFailure returns the error of a look-up that gave no answer. err is the cause.
// The text of err can contain secrets of the application, so safeText describes err
// instead.
func findAppFailure(err error) error {
	return &detailError{fmt.Errorf("%w: %s", errFindApp, safeText(err)),
		"the app cannot be looked up at the moment; wait, then try again"}
}

// rejected receives the error of a call to WeChat. If WeChat refused the AppSecret of
// an app from Config.FindApp, the next use of the app calls FindApp again. Otherwise a
// reset AppSecret would fail for up to 10 minutes. For an app of a third-party
// platform, 40001 concerns an access token, so foundApps.doubt ignores such apps.
func (a *apps) rejected(appID string, err error) {
	if a.found.find == nil || err == nil {
		return
	}
	answer := (*wxapi.Error)(nil)
	if errors.As(err, &answer) && (answer.Code == 40125 || answer.Code == 40001) {
		a.found.doubt(appID)
	}
}
