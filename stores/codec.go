package stores

import (
	"bytes"
	"encoding/binary"
	"encoding/gob"
	"errors"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/alexedwards/scs/v2"
)

// Codec is an [scs.Codec]. It has a compact and fast encoding for nil and for values of
// these types: string, []byte, bool, time.Time, float32, float64, and all predeclared
// integer types except uintptr. Codec encodes values of all other types, such as []string
// and time.Duration, with encoding/gob. gob already knows the basic types, such as uintptr,
// and slices of basic types, such as []string. The application must call gob.Register for
// all other types that need gob, such as time.Duration. All gob data of one session together
// can have at most 1 MiB.
//
// Decode returns the same values and types as [scs.GobCodec], with one exception: if
// GobCodec returns a nil map of values, Decode returns an empty map. Unlike GobCodec,
// Codec encodes a time.Time without gob.Register.
//
// Decode and LookupString also read sessions of up to 1 MiB that GobCodec encoded.
// Decode returns an error if it cannot decode the data, or if other bytes follow the
// session. Decode and LookupString do not panic on malformed data. But they do not
// recover from a panic in a GobDecode or UnmarshalBinary method of a registered type.
//
// # Memory
//
// Malicious gob data can claim more entries than it contains. For a slice with a false
// length, gob can allocate 10 MiB. For nested slices, such as a registered []any, gob can
// allocate 10 MiB for each level of nesting. If a registered type is or contains a map, gob
// can allocate the map at the claimed size. With such a type, 167 bytes of data can allocate
// more than a gigabyte. Only an attacker who can write to the store can make Decode read
// such data. Values that Codec encodes without gob are not affected, because Decode refuses
// a length that is larger than the remaining data.
//
// A Codec has no state and is safe for concurrent use.
type Codec struct{}

var _ scs.Codec = Codec{}

// An encoded session consists of:
//
//	the format byte
//	the deadline: length, result of time.Time.MarshalBinary
//	entries in any order, each with: kind, key length, key, value length, value
//	kindEnd; or kindRest, followed by the gob of a map[string]any with the values that need gob
//
// Lengths are unsigned varints. Because each value has a length, LookupString can skip a
// value without decoding it.
//
// A gob stream starts with the length of its first message. gob encodes a length below
// 0x80 as one byte. The encoding of a larger length starts with a byte above 0xf7. So no
// gob stream starts with formatByte.
const formatByte = 0x81

// The values of these constants are part of the format. Add new constants at the end.
const (
	kindEnd byte = iota
	kindRest
	kindNil
	kindFalse
	kindTrue
	kindString
	kindBytes
	kindTime
	kindInt // all integers are varints; signed integers use zig-zag encoding
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

// Encode encodes a session. It fails if a value needs gob and gob cannot encode the value.
// Examples are nil pointers, functions, channels and values of unregistered types. Encode
// also fails if time.Time.MarshalBinary refuses the zone offset of a time, or if the gob
// data of the session has more than 1 MiB.
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
	b = append(b, kindRest)
	buf := bytes.NewBuffer(b)
	err = gob.NewEncoder(buf).Encode(rest)
	if err == nil && buf.Len()-len(b) > maxGob {
		err = errGobTooLarge
	}
	if err != nil && strings.Contains(err.Error(), "not registered") {
		err = fmt.Errorf("%w; call gob.Register for this type when the program starts", err)
	}
	if err != nil {
		return nil, fmt.Errorf("encoding session: %w", err)
	}
	return buf.Bytes(), nil
}

// appendEntry appends an entry to b and returns true. If the value needs gob, appendEntry
// appends nothing and returns false.
func appendEntry(b []byte, key string, value any) ([]byte, bool) {
	var kind byte
	var scratch [16]byte // the longest content is a time.Time: 16 bytes if its zone offset has seconds
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
			return b, false // gob cannot encode this time either, and Encode returns gob's error
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
