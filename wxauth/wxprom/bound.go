package wxprom

import (
	"sync"
	"unicode/utf8"
)

const other = "other"

// maxValue is the maximum length of a label value in bytes. The longest path in the
// code of package wxapi has 32 bytes.
const maxValue = 100

// bound limits the number of values of a label. Every value costs Prometheus at least
// one series, and some values come from the network.
type bound struct {
	mu    sync.Mutex
	limit int // the maximum number of values, including "other"
	seen  map[string]bool
}

func newBound(limit int) *bound { return &bound{limit: limit, seen: map[string]bool{}} }

// value returns v or "other". It returns "other" if v is new and limit-1 values are in
// use, or if v is longer than maxValue. It also returns "other" if v is not UTF-8, because
// the Prometheus library panics on such a label value.
func (b *bound) value(v string) string {
	if v == other || len(v) > maxValue || !utf8.ValidString(v) {
		return other
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.seen[v] {
		if len(b.seen) >= b.limit-1 {
			return other
		}
		b.seen[v] = true
	}
	return v
}
