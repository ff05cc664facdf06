package storm

import (
	"math/rand/v2"
	"time"

	"example.com/wxlogin/wxauth/wxtest"
)

func wechatFaults(wechat *wxtest.Server, rng *rand.Rand, stop <-chan struct{}) {
	for {
		select {
		case <-stop:
			wechat.ClearFaults()
			return
		case <-time.After(time.Duration(rng.IntN(100)) * time.Millisecond):
		}
		f := []wxtest.Fault{
			{ErrCode: -1},
			{ErrCode: 45011},
			{ErrCode: 40029},
			{Status: 502},
			{Body: "<html>"},
			{Drop: true},
			{Drop: true, TakesEffect: true},
			{Truncate: true},
			{Delay: 200 * time.Millisecond},
			{Delay: 2 * time.Second},
		}[rng.IntN(10)]
		f.Path = "/sns/jscode2session"
		wechat.FailNext(f)
	}
}
