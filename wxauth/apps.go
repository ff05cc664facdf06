package wxauth

import (
	"context"
	"errors"
	"fmt"

	"example.com/wxlogin/wxauth/wxapi"
)

// apps finds the client of an appid, among Config.Apps or by Config.FindApp.
type apps struct {
	listed map[string]*wxapi.Client
	only   string    // the appid, if one app is listed
	found  foundApps // by Config.FindApp
}

// client returns the client of an app that is served. The error is ErrUnknownApp
// for any other appid, or errFindApp where FindApp gave no answer.
func (a *apps) client(ctx context.Context, appID string) (*wxapi.Client, error) {
	if client := a.listed[appID]; client != nil {
		return client, nil
	}
	if a.found.find == nil {
		return nil, ErrUnknownApp
	}
	return a.found.client(ctx, appID)
}

// served returns nil if an appid is served, or the error of client.
func (a *apps) served(ctx context.Context, appID string) error {
	if appID == a.only && appID != "" {
		return nil
	}
	_, err := a.client(ctx, appID)
	return err
}

// errFindApp is in every failure of Config.FindApp. Such a failure is never a 401,
// or an outage of the application's database would make clients log in again.
var errFindApp = errors.New("Config.FindApp failed")

// findAppFailure returns the error of a look-up that gave no answer. The text of err
// is the application's, so it is not printed.
func findAppFailure(err error) error {
	return &detailError{fmt.Errorf("%w: %s", errFindApp, safeText(err)),
		"the app cannot be looked up at the moment; wait, then try again"}
}

// rejected has FindApp asked again about an app whose AppSecret WeChat refused, so
// that a reset AppSecret works at once. For an app of a platform, 40001 is about an
// access token instead.
func (a *apps) rejected(appID string, err error) {
	if a.found.find == nil || err == nil {
		return
	}
	answer := (*wxapi.Error)(nil)
	if errors.As(err, &answer) && (answer.Code == 40125 || answer.Code == 40001) {
		a.found.doubt(appID)
	}
}
