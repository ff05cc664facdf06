package stores_test

import (
	"encoding/gob"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"

	"example.com/wxlogin/stores"
)

func openRedis(t testing.TB, url string) *stores.Redis {
	t.Helper()
	store, err := stores.OpenRedis(url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	return store
}

func count(s string) (n int) {
	fmt.Sscan(s, &n)
	return n
}

type (
	named  string
	plain  struct{ A, B int }
	record struct {
		Name  string
		Tags  []string
		Inner map[string]int
		Next  *record
	}
)

func init() {
	gob.Register(time.Time{})
	gob.Register(named(""))
	gob.Register(plain{})
	gob.Register(&record{})
	gob.Register(map[string]any{})
	gob.Register(map[string]string{})
	gob.Register([]any{})
	gob.Register(time.Duration(0))
	gob.Register([3]int{})
}

var makers = []func(*rand.Rand) any{
	func(*rand.Rand) any { return nil },
	func(r *rand.Rand) any { return r.IntN(2) == 0 },
	func(r *rand.Rand) any { return text(r) },
	func(r *rand.Rand) any { return []byte(text(r)) },
	func(r *rand.Rand) any { return []byte(nil) },
	func(r *rand.Rand) any { return someTime(r) },
	func(r *rand.Rand) any { return int(number(r)) },
	func(r *rand.Rand) any { return int8(number(r)) },
	func(r *rand.Rand) any { return int16(number(r)) },
	func(r *rand.Rand) any { return int32(number(r)) },
	func(r *rand.Rand) any { return int64(number(r)) },
	func(r *rand.Rand) any { return uint(number(r)) },
	func(r *rand.Rand) any { return uint8(number(r)) },
	func(r *rand.Rand) any { return uint16(number(r)) },
	func(r *rand.Rand) any { return uint32(number(r)) },
	func(r *rand.Rand) any { return number(r) },
	func(r *rand.Rand) any { return uintptr(number(r)) },
	func(r *rand.Rand) any { return float32(float(r)) },
	func(r *rand.Rand) any { return float(r) },
	func(r *rand.Rand) any { return complex64(complex(float(r), 1)) },
	func(r *rand.Rand) any { return complex(float(r), float(r)) },
	func(r *rand.Rand) any { return named(text(r)) },
	func(r *rand.Rand) any { return time.Duration(number(r)) },
	func(r *rand.Rand) any { return []string{text(r), ""} },
	func(r *rand.Rand) any { return []string{} },
	func(r *rand.Rand) any { return []int{int(number(r))} },
	func(r *rand.Rand) any { return [3]int{1, 2, int(number(r))} },
	func(r *rand.Rand) any { return map[string]string{text(r): text(r)} },
	func(r *rand.Rand) any { return map[string]string{} },
	func(r *rand.Rand) any { return map[string]string(nil) },
	func(r *rand.Rand) any { return plain{A: int(number(r))} },
	func(r *rand.Rand) any {
		return &record{Tags: []string{text(r)}, Inner: map[string]int{"a": 1}, Next: &record{Name: "next"}}
	},
	func(r *rand.Rand) any { return map[string]any{text(r): text(r), "": []any{number(r)}, "nil": nil} },
	func(r *rand.Rand) any { return []any{text(r), nil, map[string]any{}, float(r)} },
}

func text(r *rand.Rand) string {
	b := make([]byte, r.IntN(4)*r.IntN(80))
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return string(b)
}

// Converted to any integer type, the result of number can be the type's smallest or largest
// value.
func number(r *rand.Rand) uint64 {
	n := uint64(1)<<r.IntN(64) - uint64(r.IntN(2))
	if r.IntN(2) == 0 {
		n = -n
	}
	return n
}

func float(r *rand.Rand) float64 {
	special := []float64{0, math.Copysign(0, -1), 1, math.Inf(1), math.Inf(-1), math.NaN(), math.MaxFloat64, math.SmallestNonzeroFloat64}
	return append(special, r.NormFloat64())[r.IntN(len(special)+1)]
}

func someTime(r *rand.Rand) time.Time {
	zones := []*time.Location{time.UTC, time.Local, time.FixedZone("CST", 8*3600), time.FixedZone("old", 3*3600+17), time.FixedZone("", 0)}
	times := []time.Time{{}, time.Now(), time.Unix(0, 0), time.Unix(r.Int64N(1<<40), r.Int64N(1e9)), time.Date(12345, 1, 2, 3, 4, 5, 6, time.UTC)}
	return times[r.IntN(len(times))].In(zones[r.IntN(len(zones))])
}

func someSession(r *rand.Rand) (deadline time.Time, values map[string]any) {
	if r.IntN(20) > 0 {
		values = make(map[string]any)
		for range r.IntN(10) {
			values[text(r)] = makers[r.IntN(len(makers))](r)
		}
	}
	return someTime(r), values
}

// same reports whether a and b are equal, including all types and the locations of times.
// NaN equals NaN. A nil map or slice differs from an empty map or slice.
func same(a, b any) bool { return sprint(a) == sprint(b) }

func sprint(v any) string {
	var sb strings.Builder
	write(&sb, reflect.ValueOf(v))
	return sb.String()
}

func write(sb *strings.Builder, v reflect.Value) {
	if !v.IsValid() {
		sb.WriteString("nothing")
		return
	}
	fmt.Fprintf(sb, "%v:", v.Type())
	if t, ok := v.Interface().(time.Time); ok {
		fmt.Fprintf(sb, "%#v %v", t, t.Location())
		return
	}
	switch v.Kind() {
	case reflect.Interface, reflect.Pointer:
		write(sb, v.Elem())
	case reflect.Map:
		fmt.Fprintf(sb, "%t{", v.IsNil())
		parts := make(map[string]string)
		for _, key := range v.MapKeys() {
			var part strings.Builder
			write(&part, v.MapIndex(key))
			parts[sprint(key.Interface())] = part.String()
		}
		fmt.Fprintf(sb, "%q}", parts) // fmt sorts the keys of a map
	case reflect.Slice:
		fmt.Fprintf(sb, "%t[", v.IsNil())
		for i := range v.Len() {
			write(sb, v.Index(i))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			write(sb, v.Field(i))
		}
	default:
		fmt.Fprintf(sb, "%#v;", v.Interface())
	}
}
