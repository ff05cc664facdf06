package wxauth

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"example.com/wxlogin/wxauth/wxapi"
)

const (
	appFresh    = 10 * time.Minute // after this time a found app is looked up again
	appKept     = time.Hour        // how long a found app is used while look-ups run or fail
	appPause    = 10 * time.Second // the wait after a look-up that returned no app
	findTimeout = 5 * time.Second  // for one look-up, including the wait for a slot
	maxLookups  = 64               // calls of FindApp that run at the same time
	maxFound    = 100_000          // cached appids
	maxUnknown  = 10_000           // cached appids without an app
	sweepPeriod = time.Minute
)

// foundApps caches the answers of Config.FindApp.
type foundApps struct {
	find   func(ctx context.Context, appID string) (App, error) // Config.FindApp; nil if not set
	group  *wxapi.Group
	logger func(appID string)
	slots  chan struct{} // one element for each running call of find

	mu      sync.Mutex
	all     map[string]*foundApp
	unknown int // the number of entries in all without a client
	swept   time.Time
}

// foundApp is the cache entry of an appid. foundApps.mu guards its fields.
type foundApp struct {
	client *wxapi.Client        // nil if there is no app, or no answer yet
	newest *atomic.Pointer[App] // the newest answer; the client's functions use it
	err    error                // the reason why client cannot be used
	until  time.Time            // the client must not be used after this time
	next   time.Time            // FindApp is not called before this time
	doubt  time.Time            // when a refused AppSecret last caused a look-up
	ask    bool                 // the next use must wait for a look-up
	lookup chan struct{}        // closed when the running look-up ends; nil if none runs
}

// client returns the wxapi.Client of an app that FindApp returned. It calls FindApp if
// no fresh answer is cached.
func (f *foundApps) client(ctx context.Context, appID string) (*wxapi.Client, error) {
	if err := (App{ID: appID, Secret: "x"}).Validate(); err != nil {
		return nil, ErrUnknownApp // the appid is malformed, so do not look it up
	}
	f.mu.Lock()
	now := time.Now()
	e := f.entry(appID, now)
	if e.lookup == nil && !now.Before(e.next) {
		e.lookup = make(chan struct{})
		go f.look(context.WithoutCancel(ctx), appID, e)
	}
	lookup := e.lookup
	client, err := e.usable(now)
	wait := lookup != nil && (client == nil || e.ask)
	f.mu.Unlock()
	if !wait {
		return client, err
	}
	select {
	case <-lookup:
		f.mu.Lock()
		defer f.mu.Unlock()
		return e.usable(time.Now())
	case <-ctx.Done():
		return nil, findAppFailure(ctx.Err())
	}
}

// usable returns the client of the entry, or an error if the client cannot be used.
func (e *foundApp) usable(now time.Time) (*wxapi.Client, error) {
	if e.client != nil && now.Before(e.until) {
		return e.client, nil
	}
	if e.err == nil {
		return nil, findAppFailure(errNoAnswer)
	}
	return nil, e.err
}

var errNoAnswer = errors.New("no answer")

// entry returns the cache entry of an appid. If there is no entry, entry creates one.
// Before that, it calls sweep if the cache is full or was not swept for sweepPeriod.
func (f *foundApps) entry(appID string, now time.Time) *foundApp {
	if e := f.all[appID]; e != nil {
		return e
	}
	if f.all == nil {
		f.all = make(map[string]*foundApp)
	}
	if full := f.unknown >= maxUnknown || len(f.all) >= maxFound; full || now.Sub(f.swept) > sweepPeriod {
		f.sweep(now, full)
	}
	e := &foundApp{newest: new(atomic.Pointer[App])}
	f.all[appID] = e
	f.unknown++
	return e
}

// sweep drops entries that can no longer be used. If full is true, it also drops other
// entries to make room. The next use of an app that was dropped costs a new look-up.
func (f *foundApps) sweep(now time.Time, full bool) {
	f.swept = now
	kept := make(map[string]*foundApp) // a map does not shrink, so make a new one
	f.unknown = 0
	for appID, e := range f.all {
		stale := !now.Before(e.until) && !now.Before(e.next)
		excess := full && (e.client == nil || len(kept) >= maxFound/2)
		if e.lookup == nil && (stale || excess) {
			continue
		}
		kept[appID] = e
		if e.client == nil {
			f.unknown++
		}
	}
	f.all = kept
}

// look calls FindApp and stores the answer in the entry. ctx does not end with the
// request, because several requests can wait for the answer.
func (f *foundApps) look(ctx context.Context, appID string, e *foundApp) {
	app, err := f.call(ctx, appID)
	if err == nil {
		if err = app.Validate(); err == nil && app.ID != appID {
			err = invalidApp(errors.New("ID is another app's"))
		} else if err != nil {
			err = invalidApp(err)
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	now := time.Now()
	had := e.client != nil
	switch {
	case err == nil:
		f.accept(e, app)
		e.err, e.until, e.next = nil, now.Add(appKept), now.Add(appFresh)
	case errors.Is(err, ErrUnknownApp):
		e.client, e.err, e.until, e.next = nil, ErrUnknownApp, now, now.Add(appPause)
	default:
		// The client of an earlier answer remains in use until e.until.
		e.next = now.Add(appPause)
		if e.client == nil || !now.Before(e.until) {
			e.err = err
		}
	}
	if has := e.client != nil; has != had {
		f.unknown += map[bool]int{true: -1, false: 1}[has]
	}
	e.ask = false
	close(e.lookup)
	e.lookup = nil
}

// call waits for a slot and calls FindApp. It returns after at most findTimeout, even
// if FindApp does not.
func (f *foundApps) call(ctx context.Context, appID string) (app App, err error) {
	ctx, cancel := context.WithTimeout(ctx, findTimeout)
	defer cancel()
	select {
	case f.slots <- struct{}{}:
	case <-ctx.Done():
		return App{}, findAppFailure(ctx.Err())
	}
	type answer struct {
		app App
		err error
	}
	done := make(chan answer, 1)
	go func() {
		result := answer{err: findAppFailure(errPanicked)}
		defer func() {
			recover() // result already holds errPanicked
			<-f.slots
			done <- result
		}()
		app, err := f.find(ctx, appID)
		if err != nil && !errors.Is(err, ErrUnknownApp) {
			err = findAppFailure(err)
		}
		result = answer{app, err}
	}()
	select {
	case result := <-done:
		return result.app, result.err
	case <-ctx.Done():
		return App{}, findAppFailure(ctx.Err())
	}
}

var errPanicked = errors.New("panic")

// invalidApp returns the error for an answer that is another app, or that App.Validate
// refuses.
func invalidApp(err error) error {
	return fmt.Errorf("%w: Config.FindApp returned an App whose %w", wxapi.ErrMisconfigured, err)
}

// accept stores an answer. If the app and its credentials are the same as before,
// accept keeps the client, because the client holds an access token.
func (f *foundApps) accept(e *foundApp, app App) {
	old := e.newest.Load()
	e.newest.Store(&app)
	if e.client != nil && old != nil && sameApp(*old, app) {
		return
	}
	if app.UnusualSecret() && (old == nil || old.Secret != app.Secret) {
		f.logger(app.ID)
	}
	// FindApp can return new functions with each answer. The client lasts longer, so it
	// always calls the functions of the newest answer.
	newest := e.newest
	lasting := app
	if app.Platform != nil {
		lasting.Platform = &wxapi.Platform{AppID: app.Platform.AppID, AccessToken: func(ctx context.Context, rejected string) (string, error) {
			return newest.Load().Platform.AccessToken(ctx, rejected)
		}}
	}
	if app.Exchange != nil {
		lasting.Exchange = func(ctx context.Context, code string) (wxapi.Session, error) {
			return newest.Load().Exchange(ctx, code)
		}
	}
	e.client = f.group.Client(lasting)
}

// sameApp reports whether two answers have the same app and the same credentials. It
// does not compare functions.
func sameApp(a, b App) bool {
	if a.ID != b.ID || a.Secret != b.Secret || (a.Platform == nil) != (b.Platform == nil) || (a.Exchange == nil) != (b.Exchange == nil) {
		return false
	}
	return a.Platform == nil || a.Platform.AppID == b.Platform.AppID
}

// doubt makes the next use of an app look it up again, at most once in appPause. It
// ignores apps of a third-party platform, which have no AppSecret.
func (f *foundApps) doubt(appID string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	e := f.all[appID]
	now := time.Now()
	if e == nil || e.client == nil || now.Sub(e.doubt) < appPause {
		return
	}
	if app := e.newest.Load(); app.Platform != nil {
		return
	}
	e.doubt, e.next, e.ask = now, now, true
}
