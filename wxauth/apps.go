package wxauth

import (
	"context"
	"errors"
	"fmt"

	"example.com/wxlogin/wxauth/wxapi"
)

// apps finds the client for an appid. It searches Config.Apps first, then calls
// Config.FindApp.
type apps struct {
	listed map[string]*wxapi.Client
	only   string    // the appid, if exactly one app is listed
	found  foundApps // by Config.FindApp
}

// client returns the client for an appid. If no app with this appid is served, the
// error is ErrUnknownApp. If Config.FindApp fails, the error wraps errFindApp.
func (a *apps) client(ctx context.Context, appID string) (*wxapi.Client, error) {
	if client := a.listed[appID]; client != nil {
		return client, nil
	}
	if a.found.find == nil {
		return nil, ErrUnknownApp
	}
	return a.found.client(ctx, appID)
}

// served returns nil if the app with this appid is served. Otherwise it returns
// the error from the method client.
func (a *apps) served(ctx context.Context, appID string) error {
	if appID == a.only && appID != "" {
		return nil
	}
	_, err := a.client(ctx, appID)
	return err
}

// errFindApp is wrapped by every failure of Config.FindApp. Such a failure never
// becomes a 401. Otherwise an outage of the application's database would make
// clients log in again.
var errFindApp = errors.New("Config.FindApp failed")

// findAppFailure returns the error of a look-up that gave no answer. It does not
// print the text of err, because the application wrote that text.
func findAppFailure(err error) error {
	return &detailError{fmt.Errorf("%w: %s", errFindApp, safeText(err)),
		"the app cannot be looked up at the moment; wait, then try again"}
}

// rejected makes the next use of an app call FindApp again if WeChat refused its
// AppSecret. A reset AppSecret therefore works at once. For an app of a platform,
// 40001 concerns an access token instead.
func (a *apps) rejected(appID string, err error) {
	if a.found.find == nil || err == nil {
		return
	}
	answer := (*wxapi.Error)(nil)
	if errors.As(err, &answer) && (answer.Code == 40125 || answer.Code == 40001) {
		a.found.doubt(appID)
	}
}
