package wxauth

import (
	"fmt"
	"sync"
	"time"

	"example.com/wxlogin/wxauth/wxapi"
)

const (
	// codeLife is how long a code is valid at WeChat. After this time, usedCodes can
	// forget the code.
	// https://developers.weixin.qq.com/miniprogram/dev/api/open-api/login/wx.login.html
	codeLife = 5 * time.Minute
	// maxUsedCodes bounds the number of remembered codes. Each remembered code takes
	// about 100 bytes of memory. If usedCodes forgets a code because of this bound, a
	// replay of the code can cause a call to WeChat.
	maxUsedCodes = 1 << 16
)

var errCodeUsed = fmt.Errorf("%w: it was used here before", wxapi.ErrInvalidCode)

// usedCodes remembers the login codes that an Auth has exchanged, or that WeChat has
// rejected as invalid. A replay of a remembered code costs no call to WeChat.
type usedCodes struct {
	mu    sync.Mutex
	known map[flightKey]struct{}
	queue []usedCode // ordered by usedCode.until; queue[:first] is no longer used
	first int
}

type usedCode struct {
	key   flightKey
	until time.Time
}

func (u *usedCodes) has(key flightKey) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.forget()
	_, used := u.known[key]
	return used
}

func (u *usedCodes) add(key flightKey) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.known == nil {
		u.known = make(map[flightKey]struct{})
	}
	if _, known := u.known[key]; known {
		return
	}
	u.known[key] = struct{}{}
	u.queue = append(u.queue, usedCode{key, time.Now().Add(codeLife)})
	u.forget()
}

// forget removes the codes that have expired. If more than maxUsedCodes are left, it
// also removes the oldest codes, until maxUsedCodes are left.
func (u *usedCodes) forget() {
	now := time.Now()
	for u.first < len(u.queue) && (len(u.queue)-u.first > maxUsedCodes || now.After(u.queue[u.first].until)) {
		delete(u.known, u.queue[u.first].key)
		u.first++
	}
	if u.first > len(u.queue)/2 {
		u.queue = append([]usedCode(nil), u.queue[u.first:]...)
		u.first = 0
	}
}
