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
	// appFresh is the usual age at which the next use of a cached app calls FindApp again.
	appFresh = 10 * time.Minute
	// appKept is the maximum time that an app stays usable after FindApp last returned it.
	appKept = time.Hour
	// appPause is the usual minimum time from a call of FindApp that returned no valid app
	// until the next call for the same appid. foundApps.doubt uses appPause too.
	appPause = 10 * time.Second
	// findTimeout is the maximum time that foundApps.call waits for FindApp. It includes the
	// wait before FindApp is called, if maxLookups other calls run.
	findTimeout = 5 * time.Second
	// maxLookups is the maximum number of calls of FindApp that run at the same time.
	maxLookups = 64
	// If foundApps.all has at least maxFound entries, or at least maxUnknown entries without
	// a client, a new entry causes a call of foundApps.sweep.
	maxFound    = 100_000
	maxUnknown  = 10_000
	sweepPeriod = time.Minute
)

// foundApps caches the answers of Config.FindApp. A look-up calls FindApp. If maxLookups
// other calls run, the look-up waits first.
type foundApps struct {
	find   func(ctx context.Context, appID string) (App, error) // Config.FindApp; nil if not set
	group  *wxapi.Group
	logger func(appID string)
	slots  chan struct{} // one element for each running call of foundApps.find

	mu      sync.Mutex
	all     map[string]*foundApp
	unknown int // the number of entries of foundApps.all that have no client
	swept   time.Time
}

// foundApp is the cache entry of an appid. foundApps.mu guards the fields, but not the
// App that the field newest points to.
type foundApp struct {
	client *wxapi.Client        // nil until FindApp returns a valid app, and after ErrUnknownApp
	newest *atomic.Pointer[App] // the last valid answer of FindApp
	err    error                // the error of a look-up that left no usable client; can be nil
	until  time.Time            // the client must not be used after this time
	next   time.Time            // no look-up of this appid starts before this time
	doubt  time.Time            // when foundApps.doubt last requested a look-up
	ask    bool                 // if true, every use of the app waits until a look-up ends
	lookup chan struct{}        // closed when the running look-up ends; nil if none runs
}

// client returns the wxapi.Client of an app that FindApp returned.
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

// sweep drops every entry that has no usable client and whose foundApp.next has passed.
// If the argument full is true, sweep also drops every entry without a client, and
// other entries until at most maxFound/2 are left. An entry whose field lookup is not nil
// is never dropped, so more entries can be left.
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

// look makes a look-up and stores the result in the entry. ctx must not end when the
// request that started the look-up ends, because other requests can wait for the result.
func (f *foundApps) look(ctx context.Context, appID string, e *foundApp) {
	begun := time.Now()
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
		// The client of an earlier answer remains usable until the time e.until.
		e.next = now.Add(appPause)
		if e.client == nil || !now.Before(e.until) {
			e.err = err
		}
	}
	if has := e.client != nil; has != had {
		f.unknown += map[bool]int{true: -1, false: 1}[has]
	}
	e.ask = e.doubt.After(begun) // the answer can be older than WeChat's refusal
	if e.ask && err == nil {
		e.next = now
	}
	close(e.lookup)
	e.lookup = nil
}

// call calls FindApp. It returns after at most findTimeout, even if FindApp still runs.
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
			recover() // after a panic, result still holds its initial error
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

func invalidApp(err error) error {
	return fmt.Errorf("%w: Config.FindApp returned an App whose %w", wxapi.ErrMisconfigured, err)
}

// accept stores an App that FindApp returned. If the entry has a client, and sameApp finds
// no difference from the previous App, accept keeps the client, because a new client could
// need a new access token.
func (f *foundApps) accept(e *foundApp, app App) {
	old := e.newest.Load()
	if e.client != nil && old != nil && sameApp(*old, app) {
		e.newest.Store(&app)
		return
	}
	// A request can still use the previous client. That client must not call the functions
	// of the new App, so make a new pointer.
	e.newest = new(atomic.Pointer[App])
	e.newest.Store(&app)
	if app.UnusualSecret() && (old == nil || old.Secret != app.Secret) {
		f.logger(app.ID)
	}
	// If accept keeps the new client for a later answer of FindApp, that answer can contain
	// other functions. So the client calls the functions through the pointer newest.
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

// sameApp reports whether two answers of FindApp are equal. It counts two functions as
// equal if both are nil or both are not nil.
func sameApp(a, b App) bool {
	if a.ID != b.ID || a.Secret != b.Secret || (a.Platform == nil) != (b.Platform == nil) || (a.Exchange == nil) != (b.Exchange == nil) {
		return false
	}
	return a.Platform == nil || a.Platform.AppID == b.Platform.AppID
}

// doubt is called if WeChat may have refused the AppSecret of an app. It usually makes the
// next use of the app wait for a look-up, but at most once in appPause for each app. doubt
// ignores apps of a third-party platform, because they have no AppSecret.
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
