package main_test

import (
	"testing"

	"example.com/wxlogin/stores/storetest/redistest"
)

// Two processes that keep logins in one Redis accept each other's tokens.
func TestRedis(t *testing.T) {
	url := "redis://" + redistest.Start(t).Addr + "/0"
	one, _ := start(t, "REDIS_URL="+url)
	two, _ := start(t, "REDIS_URL="+url)
	token := login(t, one, "alice")
	const id = "u-2ea29d146dea"
	want(t, "in the process of the login", call(t, "GET", one+"/me", token), me(id, 1))
	want(t, "in the other process", call(t, "GET", two+"/me", token), me(id, 2))
	want(t, "logout in the other process", call(t, "POST", two+"/logout", token), loggedOut)
	want(t, "after the logout", call(t, "GET", one+"/me", token), refused)
}
