package wxprom

import (
	"sync"
	"unicode/utf8"
)

// other is the label value that stands for all values without one of their own.
const other = "other"

// maxValue is the length of the longest label value in bytes. The longest path
// of WeChat's API takes about half of it.
const maxValue = 100

// bound limits how many values a label has. Every value costs Prometheus a
// series, and some values come from the network.
type bound struct {
	mu    sync.Mutex
	limit int // how many values there can be, other included
	seen  map[string]bool
}

func newBound(limit int) *bound { return &bound{limit: limit, seen: map[string]bool{}} }

// value returns the label value for v. This is v itself, or other once all other
// places are taken. value also returns other if v is too long or not UTF-8. The
// Prometheus library panics on text that is not UTF-8.
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
