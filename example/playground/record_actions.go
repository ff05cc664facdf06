package playground

import (
	"context"
	"encoding/json"
	"strings"

	"example.com/wxlogin/wxauth"
)

// action is an action of WeChat on a phone. op is the function that the mini program
// called, and result is its result. result is nil if WeChat acted without a call.
type action struct {
	op     string
	result map[string]string
}

// phoneAction records an action and returns the number of its exchange. A real server
// does not see such actions.
func (rec *recorder) phoneAction(from origin, did action) (exchange int) {
	a := arrow{
		Exchange: rec.newExchange(), From: phoneLane, To: wechatLane, Op: did.op, Title: did.op,
		Text: did.op, Device: from.device, visitor: from.visitor,
	}
	if did.result == nil {
		a.From = wechatLane
		rec.add(a)
		return a.Exchange
	}
	rec.add(a)
	m := redactor{shown: []map[string]bool{ofServer}}
	b, _ := json.Marshal(did.result)
	text := m.json(b)
	title := did.result["errMsg"]
	rec.add(a.answeredBy(title, strings.Contains(title, ":fail"), message{text, m.carries}))
	return a.Exchange
}

// shownEvents maps the events of package wxauth that the page shows to the names of the
// data that the server uses.
var shownEvents = map[string][]string{
	wxauth.EventLogin:   {"openid", "session_key"},
	wxauth.EventDecrypt: {"session_key"},
	wxauth.EventLogout:  nil,
	wxauth.EventRevoke:  nil,
}

// event implements Config.OnEvent. It records the events in shownEvents that succeeded.
func (rec *recorder) event(ctx context.Context, e wxauth.Event) {
	carries, shown := shownEvents[e.Name]
	if !shown || e.Outcome != wxauth.OutcomeOK {
		return
	}
	from := originIn(ctx)
	rec.add(arrow{
		Exchange: rec.newExchange(), From: serverLane, To: serverLane, Op: e.Name, Title: e.Name,
		Carries: carries, Device: from.device, visitor: from.visitor,
	})
}
