package playground

import (
	"context"
	"encoding/json"
	"strings"

	"example.com/wxlogin/wxauth"
)

// action is an action of WeChat on a phone. action.op is the function that the mini
// program called, or the button that the user tapped. action.result is the result for
// the mini program. If WeChat ended the session_key, action.op is "expire" and
// action.result is nil.
type action struct {
	op     string
	result map[string]string
}

// phoneAction draws an action and its result as two arrows with the same exchange number,
// and returns this number. A real server does not see such actions.
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

// shownEvents contains the names of the wxauth events that the page shows. It maps each
// name to the value of arrow.Carries. This value names the secrets and identifiers that
// the server uses for the event.
var shownEvents = map[string][]string{
	wxauth.EventLogin:   {"openid", "session_key"},
	wxauth.EventDecrypt: {"session_key"},
	wxauth.EventLogout:  nil,
	wxauth.EventRevoke:  nil,
}

// event implements Config.OnEvent. It records an event if shownEvents contains its name
// and the operation succeeded.
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
