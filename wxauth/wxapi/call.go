package wxapi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/url"
	"time"
)

// The paths whose errcodes mean something of their own.
const (
	pathCode2Session = "/sns/jscode2session"
	pathStableToken  = "/cgi-bin/stable_token"
	pathPhoneNumber  = "/wxa/business/getuserphonenumber"
)

// A request is one call of WeChat's API, before it is known to which host.
type request struct {
	method, path string
	query        url.Values
	body         any  // sent as JSON, if not nil
	once         bool // not to be sent again if it may have reached WeChat
}

// call sends a request and decodes WeChat's answer into v. An errcode other
// than 0 is an *Error.
//
// The call begins only while three fifths of the timeout are left, and so waits
// at most two fifths for its turn: a code that is sent with no time for the
// answer is spent for nothing. Repetitions use what time is left. A request
// that was not sent goes to the next host. One that was sent is sent again only
// while no other call waits for a turn, because under load a second attempt
// takes the place of somebody's first.
func (c *Client) call(ctx context.Context, r request, v any) error {
	if c.err != nil {
		return c.err
	}
	g := c.group
	var body []byte
	if r.body != nil {
		var err error
		if body, err = json.Marshal(r.body); err != nil {
			return err
		}
	}
	trace := traceOf(ctx)
	start := time.Now()
	end := start.Add(g.timeout)
	err := g.turns.take(ctx, g.timeout*2/5)
	trace.Waited += time.Since(start)
	if err != nil {
		return err
	}
	defer g.turns.release()
	if err := trace.beforeSend(); err != nil {
		return err
	}

	attempts := max(3, len(g.hosts.urls))
	host, refused := g.hosts.first(), 0 // refused: by how many hosts
	lost := false                       // an attempt without an answer may have reached WeChat
	for n := 1; ; n++ {
		a := &attempt{method: r.method, url: g.hosts.urls[host], body: body}
		a.url.Path, a.url.RawQuery = r.path, r.query.Encode()
		trace.Attempts++
		begun := time.Now()
		err := c.try(ctx, end, a, v)
		trace.WeChat += time.Since(begun)
		sent := a.sent.Load()
		if sent > 0 || ctx.Err() == nil {
			g.hosts.learn(host, sent > 0)
		}
		var answer *Error
		if errors.As(err, &answer) && answer.Code == 40163 && (lost || sent > 1) {
			// A second send may also be net/http's own, on a new connection.
			return fmt.Errorf("%w: %w", ErrOutcomeUnknown, err)
		}
		repeatable := errors.Is(err, ErrBusy) || answer == nil && errors.Is(err, ErrUnavailable)
		if !repeatable || n == attempts {
			return err
		}
		wait := time.Duration(n) * (50 + rand.N[time.Duration](100)) * time.Millisecond
		if sent == 0 {
			host = g.hosts.next(host)
			if refused++; refused%len(g.hosts.urls) != 0 {
				wait = 0 // the next host has not refused this call yet
			}
		} else {
			lost = true
		}
		if lost && (r.once || g.turns.awaited()) || !pause(ctx, end, wait) || lost && g.turns.awaited() {
			return err
		}
	}
}

// pause waits before the next attempt, and reports whether there is time for
// one.
func pause(ctx context.Context, end time.Time, wait time.Duration) bool {
	if deadline, ok := ctx.Deadline(); ok && deadline.Before(end) {
		end = deadline
	}
	if ctx.Err() != nil || time.Until(end) <= wait {
		return false
	}
	if wait == 0 {
		return true
	}
	select {
	case <-time.After(wait):
		return true
	case <-ctx.Done():
		return false
	}
}

// try makes one attempt. It is given three fifths of the client's timeout, so
// that a dead connection leaves time for another.
func (c *Client) try(ctx context.Context, end time.Time, a *attempt, v any) error {
	if own := time.Now().Add(c.group.timeout * 3 / 5); own.Before(end) {
		end = own
	}
	ctx, cancel := context.WithDeadline(ctx, end)
	defer cancel()
	resp, err := c.group.transport.RoundTrip(a.bare(ctx))
	if resp != nil && resp.Body != nil {
		resp.Body.Close()
	}
	got := a.reply.Load()
	switch {
	case got == nil: // a failure of Instrument's own
		return unavailable(ctx, err)
	case got.err != nil:
		return got.err
	case json.Unmarshal(got.body, v) != nil:
		return badReply("not a JSON object of the documented form")
	}
	return nil
}
