package stores

import (
	"encoding/binary"
	"fmt"
	"math"
	"time"
)

// Decode returns the deadline and the values of a session that Codec encoded, or of a
// session of up to 1 MiB that [scs.GobCodec] encoded. If err is nil, the map of values is
// not nil.
func (Codec) Decode(b []byte) (deadline time.Time, values map[string]any, err error) {
	if len(b) > 0 && b[0] == formatByte {
		deadline, values, err = decode(b)
	} else {
		deadline, values, err = decodeGobSession(b)
	}
	if err != nil {
		return time.Time{}, nil, fmt.Errorf("decoding session: %w", err)
	}
	return deadline, values, nil
}

func decode(b []byte) (deadline time.Time, values map[string]any, err error) {
	r := reader{b: b, off: 1}
	t := r.field()
	if r.bad {
		return deadline, nil, errMalformed
	}
	if err := deadline.UnmarshalBinary(b[t.from:t.to]); err != nil {
		return deadline, nil, err
	}
	text := string(b) // one allocation for all keys and strings that are not encoded with gob
	values = make(map[string]any)
	n := 0
	for {
		kind, key, value := r.entry()
		if r.bad {
			return deadline, nil, errMalformed
		}
		switch kind {
		case kindEnd:
			if r.off != len(b) || n != len(values) {
				return deadline, nil, errMalformed
			}
			return deadline, values, nil
		case kindRest:
			rest := make(map[string]any)
			if err := decodeGob(b[r.off:], &rest); err != nil {
				return deadline, nil, err
			}
			for key, v := range rest {
				values[key] = v
			}
			if len(values) != n+len(rest) {
				return deadline, nil, errMalformed
			}
			return deadline, values, nil
		}
		v, ok := decodeValue(kind, b[value.from:value.to], text[value.from:value.to])
		if !ok {
			return deadline, nil, errMalformed
		}
		values[text[key.from:key.to]] = v
		n++
	}
}

// decodeValue decodes a value from b. text must be string(b).
func decodeValue(kind byte, b []byte, text string) (v any, ok bool) {
	switch kind {
	case kindNil:
		return nil, len(b) == 0
	case kindFalse:
		return false, len(b) == 0
	case kindTrue:
		return true, len(b) == 0
	case kindString:
		return text, true
	case kindBytes:
		return append([]byte(nil), b...), true // nil if b is empty, as with gob
	case kindTime:
		var t time.Time
		err := t.UnmarshalBinary(b)
		return t, err == nil
	case kindInt:
		return signed[int](b)
	case kindInt8:
		return signed[int8](b)
	case kindInt16:
		return signed[int16](b)
	case kindInt32:
		return signed[int32](b)
	case kindInt64:
		return signed[int64](b)
	case kindUint:
		return unsigned[uint](b)
	case kindUint8:
		return unsigned[uint8](b)
	case kindUint16:
		return unsigned[uint16](b)
	case kindUint32:
		return unsigned[uint32](b)
	case kindUint64:
		return unsigned[uint64](b)
	case kindFloat32:
		if len(b) != 4 {
			return nil, false
		}
		return math.Float32frombits(binary.BigEndian.Uint32(b)), true
	case kindFloat64:
		if len(b) != 8 {
			return nil, false
		}
		return math.Float64frombits(binary.BigEndian.Uint64(b)), true
	}
	return nil, false
}

func signed[T int | int8 | int16 | int32 | int64](b []byte) (any, bool) {
	n, used := binary.Varint(b)
	return T(n), used > 0 && used == len(b) && int64(T(n)) == n
}

func unsigned[T uint | uint8 | uint16 | uint32 | uint64](b []byte) (any, bool) {
	n, used := binary.Uvarint(b)
	return T(n), used > 0 && used == len(b) && uint64(T(n)) == n
}

// LookupString returns the string under key in an encoded session. found is false if key
// is absent, or if the type of the value is not string. If Codec encoded the session,
// LookupString does not decode the other values. So it does not notice all malformed
// data. If [scs.GobCodec] encoded the session, LookupString is as slow as Decode, because
// it decodes the whole session.
func (c Codec) LookupString(b []byte, key string) (value string, found bool, err error) {
	if len(b) == 0 || b[0] != formatByte {
		_, values, err := c.Decode(b)
		value, found = values[key].(string)
		return value, found, err
	}
	r := reader{b: b, off: 1}
	r.field()
	for !r.bad {
		kind, k, v := r.entry()
		switch {
		case r.bad:
		case kind <= kindRest: // Codec never encodes a string with gob, so the session has no string under key
			return "", false, nil
		case string(b[k.from:k.to]) == key:
			if kind != kindString {
				return "", false, nil
			}
			return string(b[v.from:v.to]), true, nil
		}
	}
	return "", false, fmt.Errorf("looking up a session value: %w", errMalformed)
}

// reader reads a session that Codec encoded.
type reader struct {
	b   []byte
	off int
	bad bool // true after the reader has found malformed data
}

// span stands for the bytes b[from:to] of a reader.
type span struct{ from, to int }

// field reads a length, and returns the span of that many bytes after it.
func (r *reader) field() span {
	n, used := binary.Uvarint(r.b[r.off:])
	if used <= 0 || n > uint64(len(r.b)-r.off-used) {
		r.bad = true
		return span{}
	}
	from := r.off + used
	r.off = from + int(n)
	return span{from, r.off}
}

// entry reads the kind of the next entry, and returns the spans of its key and its value.
// For kindEnd and kindRest, both spans are empty.
func (r *reader) entry() (kind byte, key, value span) {
	if r.off == len(r.b) {
		r.bad = true
		return 0, span{}, span{}
	}
	kind = r.b[r.off]
	r.off++
	if kind > kindRest {
		key, value = r.field(), r.field()
	}
	return kind, key, value
}
