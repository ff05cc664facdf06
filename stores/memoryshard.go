package stores

import (
	"encoding/binary"
	"sync"
	"time"
)

// A shard is a part of a Memory with its own lock.
//
// A shard stores each session as a record. A page contains records, one after the other.
// The index maps the hash of a key to the place of its record. The data of the pages and
// the entries of the index contain no pointers, so the garbage collector does not scan them.
//
// A record in a page never changes, so find can return a value without copying it. A
// replaced or removed record stays in its page, but is no longer in the index. A caller
// can hold a value from a page that the shard has removed. The garbage collector frees
// such a page when no caller holds a value from it.
type shard struct {
	mu    sync.RWMutex
	index map[hash]place
	pages []page
	free  []uint32 // for each n in the slice free, pages[n] has no data
	tail  uint32   // pages[tail] is the page for new records
	next  int      // pages[next] was swept last
}

// A hash identifies a key in a Memory. If two keys have the same hash, the store keeps
// only the key that was written last. For ten million keys, the probability of a collision
// is below one in 300,000. An attacker cannot compute a collision, because the seed of the
// hash is secret.
type hash uint64

type place struct{ page, offset uint32 }

type page struct {
	data []byte
	used int // the total size in bytes of the page's records that are in the index
}

const pageSize = 16 << 10 // in bytes; a larger record gets a page of exactly the record's size

// record is a key and its value in a page. The bytes of a record are the expiry in
// microseconds since 1970, the length of the key, the length of the value, the key and
// the value, in this order.
type record struct {
	expiry     int64
	key, value []byte
	all        []byte // the whole record
}

const headerSize = 8 + 4 + 4

func readRecord(b []byte) record {
	k := headerSize + int(binary.LittleEndian.Uint32(b[8:]))
	v := k + int(binary.LittleEndian.Uint32(b[12:]))
	return record{int64(binary.LittleEndian.Uint64(b)), b[headerSize:k:k], b[k:v:v], b[:v:v]}
}

func (s *shard) at(p place) record {
	return readRecord(s.pages[p.page].data[p.offset:])
}

// find returns the record of a key. found is false if the key is absent or expired.
func (s *shard) find(m *Memory, h hash, key string) (r record, found bool) {
	p, ok := s.index[h]
	if !ok {
		return record{}, false
	}
	r = s.at(p)
	if string(r.key) != key || r.expiry <= m.now() {
		return record{}, false
	}
	return r, true
}

func (s *shard) set(h hash, key string, value []byte, expiry time.Time) {
	s.remove(h)
	b := s.grow(h, headerSize+len(key)+len(value))
	binary.LittleEndian.PutUint64(b, uint64(expiry.UnixMicro()))
	binary.LittleEndian.PutUint32(b[8:], uint32(len(key)))
	binary.LittleEndian.PutUint32(b[12:], uint32(len(value)))
	copy(b[headerSize:], key)
	copy(b[headerSize+len(key):], value)
}

// grow allocates size bytes for a record and adds the record to the index. The caller
// must write the record to the returned bytes.
func (s *shard) grow(h hash, size int) []byte {
	if len(s.pages) == 0 || len(s.pages[s.tail].data)+size > cap(s.pages[s.tail].data) {
		data := make([]byte, 0, max(pageSize, size))
		if n := len(s.free); n > 0 {
			s.tail, s.free = s.free[n-1], s.free[:n-1]
			s.pages[s.tail].data = data
		} else {
			s.tail = uint32(len(s.pages))
			s.pages = append(s.pages, page{data: data})
		}
	}
	p := &s.pages[s.tail]
	from := len(p.data)
	p.data = p.data[:from+size]
	p.used += size
	s.index[h] = place{s.tail, uint32(from)}
	return p.data[from:]
}

func (s *shard) remove(h hash) {
	p, ok := s.index[h]
	if !ok {
		return
	}
	delete(s.index, h)
	s.pages[p.page].used -= len(s.at(p).all)
	if s.pages[p.page].used == 0 && p.page != s.tail {
		s.release(p.page)
	}
}

func (s *shard) release(n uint32) {
	s.pages[n] = page{}
	s.free = append(s.free, n)
}

// sweep advances s.next to the next page, or from the last page to the first, and removes
// the expired records of that page. If the remaining records take at most half of the data
// in the page, sweep moves them to the page for new records and frees the old page. sweep
// never frees the page for new records.
func (s *shard) sweep(m *Memory) {
	now := time.Now().UnixMicro()
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.pages) == 0 {
		return
	}
	s.next = (s.next + 1) % len(s.pages)
	n := uint32(s.next)
	s.each(m, n, func(h hash, r record) {
		if r.expiry <= now {
			s.remove(h)
		}
	})
	data := s.pages[n].data // nil if the page is in s.free
	if n == s.tail || data == nil || s.pages[n].used > len(data)/2 {
		return
	}
	s.each(m, n, func(h hash, r record) {
		copy(s.grow(h, len(r.all)), r.all)
	})
	s.release(n)
}

// s.each calls visit for every record of s.pages[n] that is in s.index.
func (s *shard) each(m *Memory, n uint32, visit func(hash, record)) {
	data := s.pages[n].data
	for from := 0; from < len(data); {
		r := readRecord(data[from:])
		h := m.hash(r.key)
		if p, ok := s.index[h]; ok && p == (place{n, uint32(from)}) {
			visit(h, r)
		}
		from += len(r.all)
	}
}

func (s *shard) len() int {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return len(s.index)
}

func (s *shard) addTo(all map[string][]byte) {
	now := time.Now().UnixMicro()
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, p := range s.index {
		if r := s.at(p); r.expiry > now {
			all[string(r.key)] = r.value
		}
	}
}
