package layout_test

import (
	"math"
	"testing"
	"testing/synctest"
	"time"

	"example.com/wxlogin/stores/internal/layout"
)

func TestTTL(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // with the real clock, time would pass between time.Now and TTL
		now := time.Now()
		const centuries = math.MaxInt64/int64(time.Millisecond) + 1
		tests := []struct {
			name   string
			expiry time.Time
			want   int64
		}{
			{"zero time", time.Time{}, 0},
			{"past", now.Add(-time.Hour), 0},
			{"now", now, 0},
			{"a nanosecond", now.Add(1), 1},
			{"a millisecond", now.Add(time.Millisecond), 1},
			{"a bit more", now.Add(time.Millisecond + 1), 2},
			{"a week", now.Add(7 * 24 * time.Hour), 7 * 24 * 3600 * 1000},
			{"longest duration", now.Add(math.MaxInt64), centuries},
			{"a thousand years", now.AddDate(1000, 0, 0), centuries},
			{"wall clock only", now.Add(time.Hour).Round(0), 3600 * 1000},
		}
		for _, test := range tests {
			if got := layout.TTL(test.expiry); got != test.want {
				t.Errorf("%s: %d ms, want %d", test.name, got, test.want)
			}
		}
	})
}

func TestPattern(t *testing.T) {
	for prefix, want := range map[string]string{
		"scs:session:": "scs:session:*",
		"":             "*",
		`a*b?c[d]e\`:   `a\*b\?c\[d\]e\\*`,
	} {
		if got := layout.Pattern(prefix); got != want {
			t.Errorf("Pattern(%q) = %q, want %q", prefix, got, want)
		}
	}
}

func TestDigest(t *testing.T) {
	for _, test := range []struct {
		old  []byte
		want string
	}{
		{nil, ""},
		{[]byte{}, "da39a3ee5e6b4b0d3255bfef95601890afd80709"},
		{[]byte("abc"), "a9993e364706816aba3e25717850c26c9cd0d89d"}, // RFC 3174, section 7.3
	} {
		if got := layout.Digest(test.old); got != test.want {
			t.Errorf("Digest(%q) = %q, want %q", test.old, got, test.want)
		}
	}
}
