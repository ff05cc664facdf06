package stores

import (
	"bytes"
	"encoding/binary"
	"encoding/gob"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/alexedwards/scs/v2"
)

// Codec is an [scs.Codec] that is compact and quick for what sessions hold
// most: strings, byte slices, booleans, numbers and times. Values of any other
// type are encoded with encoding/gob, and so need gob.Register just as they do
// with [scs.GobCodec].
//
// What Decode returns is what GobCodec would have returned for the same
// values, types included. A time.Time needs no gob.Register here.
//
// Decode and LookupString read values written by GobCodec too. They return an
// error, and do not panic, for bytes that neither codec wrote.
//
// A Codec has no state and may be used from many goroutines at once.
type Codec struct{}

var _ scs.Codec = Codec{}

// An encoded session is
//
//	the format byte
//	the deadline: length, time.Time.MarshalBinary
//	entries, in no order: kind, key length, key, value length, value
//	one of: kindEnd; kindNilMap, if there is no map;
//	        kindRest and the gob of a map[string]any with the other values
//
// where lengths are unsigned varints. Every value has its length in front, so
// that a reader can step over it without knowing its kind.
//
// A gob stream starts with the length of its first message: a byte below 0x80,
// or one above 0xf7 that says how many bytes of length follow. So this byte
// starts none.
const formatByte = 0x81

// The kinds are part of the format: new ones go to the end.
const (
	kindEnd byte = iota
	kindNilMap
	kindRest
	kindNil
	kindFalse
	kindTrue
	kindString
	kindBytes
	kindTime
	kindInt // integers are varints, zig-zag if signed
	kindInt8
	kindInt16
	kindInt32
	kindInt64
	kindUint
	kindUint8
	kindUint16
	kindUint32
	kindUint64
	kindFloat32 // IEEE 754, big endian
	kindFloat64
)

var errMalformed = errors.New("malformed data")

// Encode returns the encoded form of a session. It fails for what gob cannot
// encode: values of types that are not registered, nil pointers, functions and
// channels.
func (Codec) Encode(deadline time.Time, values map[string]any) ([]byte, error) {
	size := 32
	for key, v := range values {
		size += len(key) + 14
		switch v := v.(type) {
		case string:
			size += len(v)
		case []byte:
			size += len(v)
		}
	}
	b := append(make([]byte, 0, size), formatByte)

	t, err := deadline.MarshalBinary()
	if err != nil {
		return nil, fmt.Errorf("encoding session: %w", err)
	}
	b = appendField(b, t)

	if values == nil {
		return append(b, kindNilMap), nil
	}
	var rest map[string]any
	for key, v := range values {
		var ok bool
		if b, ok = appendEntry(b, key, v); !ok {
			if rest == nil {
				rest = make(map[string]any)
			}
			rest[key] = v
		}
	}
	if rest == nil {
		return append(b, kindEnd), nil
	}
	buf := bytes.NewBuffer(append(b, kindRest))
	if err := gob.NewEncoder(buf).Encode(rest); err != nil {
		return nil, fmt.Errorf("encoding session: %w", err)
	}
	return buf.Bytes(), nil
}

// appendEntry leaves b alone and returns false if the value has no kind.
func appendEntry(b []byte, key string, value any) ([]byte, bool) {
	var kind byte
	var scratch [16]byte // the longest is a time with seconds in its zone
	p := scratch[:0]
	switch v := value.(type) {
	case nil:
		kind = kindNil
	case bool:
		kind = kindFalse
		if v {
			kind = kindTrue
		}
	case string:
		return appendField(appendField(append(b, kindString), key), v), true
	case []byte:
		kind, p = kindBytes, v
	case time.Time:
		var err error
		if p, err = v.AppendBinary(p); err != nil {
			return b, false // gob says why
		}
		kind = kindTime
	case int:
		kind, p = kindInt, binary.AppendVarint(p, int64(v))
	case int8:
		kind, p = kindInt8, binary.AppendVarint(p, int64(v))
	case int16:
		kind, p = kindInt16, binary.AppendVarint(p, int64(v))
	case int32:
		kind, p = kindInt32, binary.AppendVarint(p, int64(v))
	case int64:
		kind, p = kindInt64, binary.AppendVarint(p, v)
	case uint:
		kind, p = kindUint, binary.AppendUvarint(p, uint64(v))
	case uint8:
		kind, p = kindUint8, binary.AppendUvarint(p, uint64(v))
	case uint16:
		kind, p = kindUint16, binary.AppendUvarint(p, uint64(v))
	case uint32:
		kind, p = kindUint32, binary.AppendUvarint(p, uint64(v))
	case uint64:
		kind, p = kindUint64, binary.AppendUvarint(p, v)
	case float32:
		kind, p = kindFloat32, binary.BigEndian.AppendUint32(p, math.Float32bits(v))
	case float64:
		kind, p = kindFloat64, binary.BigEndian.AppendUint64(p, math.Float64bits(v))
	default:
		return b, false
	}
	return appendField(appendField(append(b, kind), key), p), true
}

func appendField[T string | []byte](b []byte, field T) []byte {
	return append(binary.AppendUvarint(b, uint64(len(field))), field...)
}
