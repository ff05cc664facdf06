package playground

import (
	"context"
	"encoding/json"
	"strings"

	"example.com/wxlogin/wxauth"
)

// action is a call from a mini program to WeChat on a simulated phone, such as
// wx.login(), or the end of the session_key.
type action struct {
	op     string            // for example "wx.login()"; "expire" for the end of the session_key
	result map[string]string // what WeChat returns to the mini program; nil for "expire"
}

// phoneAction adds an arrow for an action, and a second arrow if the action has a result.
// It returns the value of the field Exchange in each of these arrows.
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

// shownEvents contains the wxauth events that the page shows if their Outcome is OutcomeOK.
// It maps each event to the names that the page draws on the event's arrow.
var shownEvents = map[string][]string{
	wxauth.EventLogin:   {"openid", "session_key"},
	wxauth.EventDecrypt: {"session_key"},
	wxauth.EventLogout:  nil,
	wxauth.EventRevoke:  nil,
}

// event implements Config.OnEvent of package wxauth.
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
