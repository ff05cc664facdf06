package stores

import (
	"bytes"
	"encoding/gob"
)

// decodeGob decodes b, all of it, into v.
//
// Package gob allocates a map as large as the data says it is before it looks
// for the first entry, so that a few bytes can ask for all the memory there is.
// It also recurses as deep as values are nested. So the data is walked through
// first, and what claims more entries than it has bytes left, or is nested
// deeper than a session ever is, is refused.
func decodeGob(b []byte, v any) error {
	w := gobWalker{b: b, types: make(map[int]gobType)}
	w.uint() // the length of the first message
	w.top(w.typeOf())
	if w.bad || len(w.b) > 0 {
		return errMalformed
	}
	return gob.NewDecoder(bytes.NewReader(b)).Decode(v)
}

// gobWalker steps through a gob stream that holds one value. The format is
// described in the documentation of encoding/gob. A stream is cut into messages
// behind every definition of a type; since a length follows there whether or
// not a message ends, the cuts can be ignored.
type gobWalker struct {
	b     []byte // what is left
	bad   bool
	depth int
	types map[int]gobType
}

// A gobType is what a stream tells of a type: which field of gob's wireType is
// set, and the numbers of the types it is made of.
type gobType struct {
	field int
	parts []int
}

// The numbers of the types that every stream knows.
const (
	gobBool      = 1
	gobFloat     = 4 // between them are int and uint
	gobBytes     = 5
	gobString    = 6
	gobComplex   = 7
	gobInterface = 8
)

// The fields of gob's wireType; those behind are types that encode themselves.
const (
	gobArray = iota
	gobSlice
	gobStruct
	gobMap
)

const maxGobDepth = 1000

// typeOf reads the number of the type of a value that follows, and the
// definitions of types that stand in front of it.
func (w *gobWalker) typeOf() int {
	id := w.int()
	for id < 0 && !w.bad {
		w.types[-id] = w.definition()
		w.uint()
		id = w.int()
	}
	return id
}

// top reads a value that is not part of another. If it is no struct, a zero
// stands in front.
func (w *gobWalker) top(id int) {
	if t, ok := w.types[id]; !ok || t.field != gobStruct {
		w.bad = w.uint() != 0 || w.bad
	}
	w.value(id)
}

func (w *gobWalker) value(id int) {
	w.depth++
	defer func() { w.depth-- }()
	if w.bad = w.bad || w.depth > maxGobDepth; w.bad {
		return
	}
	switch {
	case id >= gobBool && id <= gobFloat:
		w.uint()
	case id == gobComplex:
		w.uint()
		w.uint()
	case id == gobBytes || id == gobString:
		w.skip()
	case id == gobInterface:
		if w.skip() == 0 {
			return // the name of no type: nil
		}
		typ := w.typeOf()
		w.uint() // the length of the value
		w.top(typ)
	default:
		w.composed(id)
	}
}

func (w *gobWalker) composed(id int) {
	t, ok := w.types[id]
	switch {
	case !ok:
		w.bad = true
	case t.field == gobStruct:
		w.fields(func(i int) {
			if i >= len(t.parts) {
				w.bad = true
				return
			}
			w.value(t.parts[i])
		})
	case t.field > gobMap:
		w.skip()
	default: // an array, a slice or a map
		for range w.count() {
			for _, part := range t.parts {
				w.value(part)
			}
			if w.bad {
				return
			}
		}
	}
}

// definition reads a wireType: a struct with one of its fields set, each of
// which is a struct whose field 0 is the name and number of the type.
func (w *gobWalker) definition() (t gobType) {
	t.field = -1
	w.fields(func(field int) {
		t.field = field
		w.fields(func(i int) {
			switch {
			case i == 0:
				w.nameAndNumber()
			case field == gobArray && i == 2:
				w.int() // its length, which the value tells as well
			case field == gobStruct:
				for range w.count() {
					t.parts = append(t.parts, w.nameAndNumber())
				}
			default:
				t.parts = append(t.parts, w.int())
			}
		})
	})
	parts := [...]int{gobArray: 1, gobSlice: 1, gobMap: 2}
	if t.field < 0 || t.field != gobStruct && t.field <= gobMap && len(t.parts) != parts[t.field] {
		w.bad = true
	}
	return t
}

func (w *gobWalker) nameAndNumber() (id int) {
	w.fields(func(i int) {
		if i == 0 {
			w.skip()
		} else {
			id = w.int()
		}
	})
	return id
}

// fields calls read for each field of a struct that is there.
func (w *gobWalker) fields(read func(i int)) {
	i := -1
	for delta := w.uint(); delta > 0 && !w.bad; delta = w.uint() {
		if delta > 1<<16 {
			w.bad = true
			return
		}
		i += int(delta)
		read(i)
	}
}

// count reads the number of entries of what takes at least a byte for each.
func (w *gobWalker) count() int {
	n := w.uint()
	if w.bad = w.bad || n > uint64(len(w.b)); w.bad {
		return 0
	}
	return int(n)
}

// skip steps over bytes with their length in front.
func (w *gobWalker) skip() (n int) {
	n = w.count()
	w.b = w.b[n:]
	return n
}

func (w *gobWalker) int() int {
	n := w.uint()
	if n&1 == 1 {
		return int(^(n >> 1))
	}
	return int(n >> 1)
}

func (w *gobWalker) uint() (n uint64) {
	if w.bad = w.bad || len(w.b) == 0; w.bad {
		return 0
	}
	first := w.b[0]
	w.b = w.b[1:]
	if first < 0x80 {
		return uint64(first)
	}
	length := -int(int8(first))
	if w.bad = length > 8 || length > len(w.b); w.bad {
		return 0
	}
	for _, c := range w.b[:length] {
		n = n<<8 | uint64(c)
	}
	w.b = w.b[length:]
	return n
}
