//go:build !race

package wxauth_test

import (
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"example.com/wxlogin/wxauth"
)

// TestLoginsUnderLoad checks how many logins succeed while WeChat is slow. By default, at
// most 256 calls to WeChat run at the same time. If one call takes 0.3 seconds, at most
// 256/0.3 = 853 logins per second can succeed. In the second half of the test, at least 90
// percent of the logins that can succeed must succeed. WeChat must get at most 1.02 calls
// per successful login. The test is left out under the race detector, which makes it
// several times slower.
func TestLoginsUnderLoad(t *testing.T) {
	for name, test := range map[string]struct {
		latency time.Duration
		rate    int // logins per second
	}{
		"300 ms, 500/s": {300 * time.Millisecond, 500},
		"2.5 s, 100/s":  {2500 * time.Millisecond, 100},
		"300 ms, 1500/s, which is more than the connections carry": {300 * time.Millisecond, 1500},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				auth, wechat := newAuth(t, wxauth.Config{})
				wechat.SetLatency(test.latency)
				const seconds = 10
				var logins sync.WaitGroup
				var mu sync.Mutex
				ok, late := 0, 0
				for i := range test.rate * seconds {
					logins.Go(func() {
						if w := post(background, auth, wechat.Phone(appID, fmt.Sprint("user", i)).Login()); w.Code == 200 {
							mu.Lock()
							defer mu.Unlock()
							ok++
							if i >= test.rate*seconds/2 {
								late++
							}
						}
					})
					time.Sleep(time.Second / time.Duration(test.rate)) // on synctest's fake clock
				}
				logins.Wait()
				carried := float64(256) / test.latency.Seconds()
				want := 0.9 * min(float64(test.rate), carried) * seconds / 2
				calls := wechat.Count(code2Session)
				t.Logf("%d of %d ok, %d of the second half (bar %.0f), %d calls", ok, test.rate*seconds, late, want, calls)
				if float64(late) < want || float64(calls) > 1.02*float64(ok) {
					t.Errorf("%d of the second half, want %.0f; %d calls for %d logins", late, want, calls, ok)
				}
			})
		})
	}
}
