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
// error is ErrUnknownApp. Any other error comes from Config.FindApp. It wraps
// wxapi.ErrMisconfigured if FindApp returned an invalid app, and errFindApp in all
// other cases.
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

// errFindApp marks a call of Config.FindApp that failed or did not end in time. An HTTP
// client gets 503 for this error, never 401. FindApp usually reads a database of the
// application. During an outage of this database, a 401 would make every HTTP client
// log in again.
var errFindApp = errors.New("Config.FindApp failed")

// findAppFailure returns the error for a call of Config.FindApp that failed or did not
// end in time. err is the cause. The text of err can contain secrets of the
// application, so the returned error contains only the description that safeText
// returns.
func findAppFailure(err error) error {
	return &detailError{fmt.Errorf("%w: %s", errFindApp, safeText(err)),
		"the app cannot be looked up at the moment; wait, then try again"}
}

// rejected receives the error of a call to WeChat. The errcodes 40125 and 40001 can
// mean that WeChat refused the AppSecret. If the app comes from Config.FindApp, the
// next use of the app after such an error calls FindApp again, at most once in
// appPause. Otherwise logins would fail after a reset of the AppSecret, until the
// cached answer is 10 minutes old. For an app of a third-party platform, 40001 means a
// refused access token. Such an app has no AppSecret, so foundApps.doubt ignores the
// app.
func (a *apps) rejected(appID string, err error) {
	if a.found.find == nil || err == nil {
		return
	}
	answer := (*wxapi.Error)(nil)
	if errors.As(err, &answer) && (answer.Code == 40125 || answer.Code == 40001) {
		a.found.doubt(appID)
	}
}
