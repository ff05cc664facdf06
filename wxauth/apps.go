package wxauth

import (
	"context"
	"errors"
	"fmt"

	"example.com/wxlogin/wxauth/wxapi"
)

// apps finds the wxapi.Client of an appid in Config.Apps or through Config.FindApp.
type apps struct {
	listed map[string]*wxapi.Client
	only   string // the appid of the only app in Config.Apps; "" if there is none or several
	found  foundApps
}

// client returns the wxapi.Client of an appid. If the appid is not in Config.Apps, and
// Config.FindApp is nil or does not know the appid, the error is ErrUnknownApp. An error
// that wraps wxapi.ErrMisconfigured means that Config.FindApp returned an invalid app. Any
// other error wraps errFindApp.
func (a *apps) client(ctx context.Context, appID string) (*wxapi.Client, error) {
	if client := a.listed[appID]; client != nil {
		return client, nil
	}
	if a.found.find == nil {
		return nil, ErrUnknownApp
	}
	return a.found.client(ctx, appID)
}

// served returns nil if apps.client finds the app with this appid. Otherwise it returns
// the error of apps.client.
func (a *apps) served(ctx context.Context, appID string) error {
	if appID == a.only && appID != "" {
		return nil
	}
	_, err := a.client(ctx, appID)
	return err
}

// errFindApp reports that Config.FindApp returned an error other than ErrUnknownApp,
// panicked or did not answer in time. A request gets 503 for errFindApp, never 401.
// FindApp usually reads a database of the application. During an outage of this database,
// a 401 would make mini programs log in again.
var errFindApp = errors.New("Config.FindApp failed")

// findAppFailure returns an error that wraps errFindApp. Its text contains the result of
// safeText, because the text of err can contain secrets of the application.
func findAppFailure(err error) error {
	return &detailError{fmt.Errorf("%w: %s", errFindApp, safeText(err)),
		"the app cannot be looked up at the moment; wait, then try again"}
}

// rejected calls foundApps.doubt if Config.FindApp is set and WeChat may have refused the
// AppSecret (errcode 40125 or 40001). foundApps.doubt can request a new call of
// FindApp, because the AppSecret may have been reset.
func (a *apps) rejected(appID string, err error) {
	if a.found.find == nil || err == nil {
		return
	}
	answer := (*wxapi.Error)(nil)
	if errors.As(err, &answer) && (answer.Code == 40125 || answer.Code == 40001) {
		a.found.doubt(appID)
	}
}
