package wxapi

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/url"
	"time"
)

// At these paths, some errcodes have a meaning that they do not have elsewhere; see
// Error.about.
const (
	pathCode2Session          = "/sns/jscode2session"
	pathComponentCode2Session = "/sns/component/jscode2session"
	pathStableToken           = "/cgi-bin/stable_token"
	pathPhoneNumber           = "/wxa/business/getuserphonenumber"
)

// A request describes one call to WeChat's API, without the host.
type request struct {
	method, path string
	query        url.Values
	body         any  // sent as JSON, if not nil
	once         bool // Client.call must not repeat this request if it may have reached WeChat
	foreign      bool // made by Client.Call, so this package reads only errcode and errmsg of a JSON reply
	raw          bool // the reply can be data other than JSON
	lost         bool // set by Client.call: an earlier attempt may have reached WeChat
}

// call sends a request and stores WeChat's reply in v, unless v is nil. For an errcode
// other than 0 or an HTTP status other than 200, the error contains an *Error.
//
// The wait for a turn (see Options.MaxInFlight) and all attempts together take at most
// the client's timeout. If the connection to a host fails, call tries the next host. If
// WeChat is busy or does not reply, and r.once is false, call sends the request again while
// attempts and time are left. If another call waits for a turn, call returns the error
// instead, because the second attempt of one call would delay the first attempt of another
// call.
func (c *Client) call(ctx context.Context, r *request, v any) error {
	if c.err != nil {
		return c.err
	}
	g := c.group
	var body []byte
	if r.body != nil {
		var err error
		if body, err = encode(r.body); err != nil {
			return fmt.Errorf("a body of type %T does not marshal to JSON", r.body) // err may quote the body
		}
	}
	trace := traceOf(ctx)
	end := time.Now().Add(g.timeout)
	if err := g.begin(ctx, trace); err != nil {
		return err
	}
	defer g.turns.release()

	attempts := max(3, len(g.hosts.urls))
	host, refused := g.hosts.first(), 0 // refused counts failed connections
	for n := 1; ; n++ {
		a := &attempt{request: r, url: g.hosts.urls[host], body: body}
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
		if errors.As(err, &answer) && answer.Code == 40163 && (r.lost || sent > 1) {
			// If sent > 1, the transport itself may have sent the request again.
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
				wait = 0 // no pause, because this call has not tried the next host yet
			}
		} else {
			r.lost = true
		}
		if r.lost && (r.once || g.turns.awaited()) || !pause(ctx, end, wait) || r.lost && g.turns.awaited() {
			return err
		}
	}
}

// begin waits for a turn (see Options.MaxInFlight), and then calls trace.beforeSend. If
// the error is nil, the caller must release the turn.
//
// A call waits at most two fifths of the timeout, so a call that gets a turn has at
// least three fifths left, unless ctx ends earlier. A code would be wasted if there
// were no time left for the answer.
func (g *Group) begin(ctx context.Context, trace *Trace) error {
	start := time.Now()
	err := g.turns.take(ctx, g.timeout*2/5)
	trace.Waited += time.Since(start)
	if err != nil {
		return err
	}
	goesOn := false
	defer func() {
		if !goesOn { // BeforeSend returned an error or panicked
			g.turns.release()
		}
	}()
	err = trace.beforeSend()
	goesOn = err == nil
	return err
}

// pause waits before the next attempt. It returns false if ctx has ended or no time is
// left for another attempt.
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

// try makes one attempt. An attempt takes at most three fifths of the client's timeout.
// If the first attempt gets no reply, there is usually time for a second attempt.
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
	case errors.Is(err, errContextLost):
		return errContextLost
	case got == nil: // the RoundTripper from Options.Instrument did not send the request
		return unavailable(ctx, err)
	case got.err != nil:
		return got.err
	}
	// If the RoundTripper from Options.Instrument failed after a successful reply, use the
	// reply, because a login code in the request is already used up.
	switch v := v.(type) {
	case nil:
	case *[]byte:
		*v = got.body
	default:
		if json.Unmarshal(got.body, v) != nil {
			return badReply("not a JSON object of the documented form")
		}
	}
	return nil
}

// encode returns v as JSON. It does not escape <, > and &. Some of WeChat's
// APIs do not decode the escapes of json.Marshal.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}
