package wxauth

import (
	"context"
	"errors"
	"fmt"

	"example.com/wxlogin/wxauth/wxapi"
)

// apps finds the wxapi.Client of an appid. It searches the apps in Config.Apps first,
// and then the apps from Config.FindApp.
type apps struct {
	listed map[string]*wxapi.Client
	only   string    // the only appid in Config.Apps; "" if Config.Apps does not have exactly one app
	found  foundApps // the apps that Config.FindApp returned
}

// client returns the wxapi.Client of an appid. If no app with this appid is served, the
// error is ErrUnknownApp. Any other error wraps wxapi.ErrMisconfigured if Config.FindApp
// returned an invalid app, and errFindApp in all other cases.
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

// errFindApp marks a call of Config.FindApp that returned an error other than
// ErrUnknownApp, panicked or did not end in time. A request gets 503 for this error,
// never 401. FindApp usually reads a database of the application. During an outage of
// this database, a 401 would make every mini program log in again.
var errFindApp = errors.New("Config.FindApp failed")

// findAppFailure returns an error that wraps errFindApp. err is the cause. The text of
// err can contain secrets of the application, so the returned error describes the cause
// by safeText.
func findAppFailure(err error) error {
	return &detailError{fmt.Errorf("%w: %s", errFindApp, safeText(err)),
		"the app cannot be looked up at the moment; wait, then try again"}
}

// rejected calls foundApps.doubt if Config.FindApp is set and err has errcode 40125 or
// 40001. WeChat may then have refused the AppSecret. Without this call, logins would fail
// after a reset of the AppSecret, until the cached app is older than appFresh.
func (a *apps) rejected(appID string, err error) {
	if a.found.find == nil || err == nil {
		return
	}
	answer := (*wxapi.Error)(nil)
	if errors.As(err, &answer) && (answer.Code == 40125 || answer.Code == 40001) {
		a.found.doubt(appID)
	}
}
