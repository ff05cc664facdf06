package stores

import (
	"encoding/binary"
	"sync"
	"time"
)

// A shard is a part of a Memory with a lock of its own.
//
// Its records lie one behind the other in pages, and a map from hashes of keys
// says where. Neither has pointers that the garbage collector would have to
// follow, which it would have to do for every session, time and again.
//
// What is written to a page never changes, so that a value can be handed out as
// it lies there. A record that is replaced or removed stays behind until more
// than half of its page is of no use. Then what is left moves to another, and
// the page is left to the garbage collector.
type shard struct {
	mu    sync.RWMutex
	index map[hash]place
	pages []page // those without data are free
	free  []uint32
	tail  uint32 // the page that is written to, if there are pages
	next  int    // the page that is swept next
}

// A hash under a seed that nobody knows stands for its key. Of two keys with one
// hash the store would keep only what was written last; among ten million that
// there are two is less likely than one in 300,000, and nobody can look for them.
type hash uint64

type place struct{ page, offset uint32 }

type page struct {
	data []byte
	used int // bytes of data that are records in the index
}

const pageSize = 16 << 10 // if no record is larger

// record is how a key lies in a page: expiry in microseconds since 1970, lengths
// of key and value, key, value.
type record struct {
	expiry     int64
	key, value []byte
	all        []byte
}

const headerSize = 8 + 4 + 4

func readRecord(b []byte) record {
	k := headerSize + int(binary.LittleEndian.Uint32(b[8:]))
	v := k + int(binary.LittleEndian.Uint32(b[12:]))
	return record{int64(binary.LittleEndian.Uint64(b)), b[headerSize:k:k], b[k:v:v], b[:v:v]}
}

// at must not be called for a place that is not in the index.
func (s *shard) at(p place) record {
	return readRecord(s.pages[p.page].data[p.offset:])
}

// find returns the record of a key that has not expired.
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

// grow puts a record into the index and returns the bytes for it to be written
// to.
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

// sweep removes what has expired from the next page, and gives the page up if
// little is left in it.
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
	data := s.pages[n].data // nil if nothing was left
	if n == s.tail || data == nil || s.pages[n].used > len(data)/2 {
		return
	}
	s.each(m, n, func(h hash, r record) {
		copy(s.grow(h, len(r.all)), r.all)
	})
	s.release(n)
}

// each goes through the records of a page that are in the index.
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

// addTo adds the values that have not expired.
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
