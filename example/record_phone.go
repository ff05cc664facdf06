package main

import (
	"context"
	"encoding/json"
	"strings"

	"example.com/wxlogin/wxauth"
)

// phoneAction records what WeChat on a phone did for the mini program. In
// reality no server sees it.
func (rec *recorder) phoneAction(by origin, done action) (exchange int) {
	a := arrow{
		Exchange: rec.newExchange(), From: phoneLane, To: wechatLane, Op: done.op, Title: done.op,
		Text: done.op, Device: by.device, visitor: by.visitor,
	}
	if done.answer == nil {
		a.From = wechatLane
		rec.add(a)
		return a.Exchange
	}
	rec.add(a)
	m := redactor{shown: []map[string]bool{harmless}}
	b, _ := json.Marshal(done.answer)
	a.From, a.To, a.Reply = a.To, a.From, true
	a.Title = done.answer["errMsg"]
	a.Failed = strings.Contains(a.Title, ":fail")
	a.Text = m.json(b)
	a.Carries = m.carries
	rec.add(a)
	return a.Exchange
}

// events are those of package wxauth that the diagram shows, and what the
// server works with then.
var events = map[string][]string{
	"login":   {"openid", "session_key"},
	"decrypt": {"session_key"},
	"logout":  nil,
	"revoke":  nil,
}

// event is Config.OnEvent: it records what the server does by itself.
func (rec *recorder) event(ctx context.Context, e wxauth.Event) {
	carries, shown := events[e.Name]
	if !shown || e.Outcome != "ok" {
		return
	}
	by := originIn(ctx)
	rec.add(arrow{
		Exchange: rec.newExchange(), From: serverLane, To: serverLane, Op: e.Name, Title: e.Name,
		Carries: carries, Device: by.device, visitor: by.visitor,
	})
}
