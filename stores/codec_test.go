package stores_test

import (
	"bytes"
	"encoding/gob"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"

	"example.com/wxlogin/stores"
)

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

// makers make one value each, of every type that a session may hold.
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

// number covers all widths, and the ends of their ranges.
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

// same compares what two codecs gave back: types, nil against empty, the
// location of times and the bits of numbers count.
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
		fmt.Fprintf(sb, "%q}", parts) // fmt sorts the keys
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

func TestCodecGivesWhatGobCodecGives(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for i := range 1_000 {
		deadline, values := someSession(r)
		if i < len(makers) { // each of them at least once
			values = map[string]any{"it": makers[i](r)}
		}
		b, err := scs.GobCodec{}.Encode(deadline, values)
		if err != nil {
			t.Fatalf("GobCodec refuses %#v: %v", values, err)
		}
		wantDeadline, want, err := scs.GobCodec{}.Decode(b)
		if err != nil {
			t.Fatal(err)
		}
		check := func(b []byte, from string) {
			gotDeadline, got, err := stores.Codec{}.Decode(b)
			if err != nil {
				t.Fatalf("%s: %#v: %v", from, values, err)
			}
			if !same(gotDeadline, wantDeadline) {
				t.Fatalf("%s: deadline %#v, want %#v", from, gotDeadline, wantDeadline)
			}
			if !same(got, want) {
				t.Fatalf("%s: got  %s\nwant %s", from, sprint(got), sprint(want))
			}
			for key, v := range want {
				wantString, wantFound := v.(string)
				s, found, err := stores.Codec{}.LookupString(b, key)
				if s != wantString || found != wantFound || err != nil {
					t.Fatalf("%s: LookupString(%q) = %q, %t, %v; the value is %#v", from, key, s, found, err, v)
				}
			}
			if s, found, err := (stores.Codec{}).LookupString(b, "no such key"); s != "" || found || err != nil {
				t.Fatalf("%s: LookupString of a missing key = %q, %t, %v", from, s, found, err)
			}
		}
		check(b, "GobCodec's data")
		if b, err = (stores.Codec{}).Encode(deadline, values); err != nil {
			t.Fatal(err)
		}
		check(b, "Codec's data")
	}
}

func TestCodecRefusesWhatGobCodecRefuses(t *testing.T) {
	type unregistered struct{ A int }
	tests := map[string]map[string]any{
		"unregistered type": {"a": unregistered{1}},
		"nil pointer":       {"a": (*record)(nil)},
		"function":          {"a": func() {}},
		"bad zone":          {"a": time.Now().In(time.FixedZone("", 40_000*60))},
	}
	for name, values := range tests {
		t.Run(name, func(t *testing.T) {
			if _, err := (scs.GobCodec{}).Encode(time.Now(), values); err == nil {
				t.Fatal("GobCodec takes it")
			}
			if _, err := (stores.Codec{}).Encode(time.Now(), values); err == nil {
				t.Error("Codec takes it")
			}
		})
	}
	if _, err := (stores.Codec{}).Encode(time.Now().In(time.FixedZone("", 40_000*60)), nil); err == nil {
		t.Error("Codec takes a deadline in a bad zone")
	}
}

func TestCodecRefusesTruncatedAndTrailingBytes(t *testing.T) {
	deadline := time.Unix(1_800_000_000, 0)
	values := map[string]any{"s": "text", "i": 12, "b": []byte{1}, "t": deadline}
	withRest := map[string]any{"s": "text", "r": plain{A: 1}}
	for name, codec := range map[string]scs.Codec{"Codec": stores.Codec{}, "GobCodec": scs.GobCodec{}} {
		for i, values := range []map[string]any{nil, {}, values, withRest} {
			b, err := codec.Encode(deadline, values)
			if err != nil {
				t.Fatal(err)
			}
			for n := range len(b) {
				if _, got, err := (stores.Codec{}).Decode(b[:n]); err == nil {
					t.Errorf("%s, values %d: the first %d of %d bytes give %v", name, i, n, len(b), got)
				}
				(stores.Codec{}).LookupString(b[:n], "none") // must not panic
			}
			for _, tail := range []string{"\x00", "\x01", "x", string(b)} {
				if _, got, err := (stores.Codec{}).Decode(append(b[:len(b):len(b)], tail...)); err == nil {
					t.Errorf("%s, values %d: with %q behind it gives %v", name, i, tail, got)
				}
			}
		}
	}
}

func TestCodecRefusesMalformedData(t *testing.T) {
	deadline := "\x81\x0f\x01\x00\x00\x00\x0e\xdc\x00\x00\x00\x00\x00\x00\x00\xff\xff"
	const end = "\x00"
	if _, _, err := (stores.Codec{}).Decode([]byte(deadline + end)); err != nil {
		t.Fatalf("the frame of the following is wrong itself: %v", err)
	}
	tests := map[string]string{
		"unknown kind":        deadline + "\x7f\x01a\x00" + end,
		"same key twice":      deadline + "\x06\x01a\x01x\x06\x01a\x01y" + end,
		"nil map of one":      deadline + "\x06\x01a\x01x\x01",
		"true with a value":   deadline + "\x05\x01a\x01x" + end,
		"int too long":        deadline + "\x09\x01a\x02\x02\x02" + end,
		"int8 out of range":   deadline + "\x0a\x01a\x02\x80\x02" + end,
		"uint8 out of range":  deadline + "\x0f\x01a\x02\x80\x02" + end,
		"float64 of 4 bytes":  deadline + "\x14\x01a\x041234" + end,
		"time of 1 byte":      deadline + "\x08\x01a\x01\x01" + end,
		"length past the end": deadline + "\x06\x01a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01x" + end,
		"varint too long":     deadline + "\x06\x01a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7fx" + end,
		"bad deadline":        "\x81\x01x" + end,
		"nothing":             "",
		"another format":      "\x82" + deadline[1:] + end,
	}
	for name, data := range tests {
		t.Run(name, func(t *testing.T) {
			if deadline, values, err := (stores.Codec{}).Decode([]byte(data)); err == nil {
				t.Errorf("gives %v, %v", deadline, values)
			}
		})
	}
}

// A count in gob data makes gob allocate before it has seen a single entry.
func TestCodecAllocatesInProportion(t *testing.T) {
	b, err := scs.GobCodec{}.Encode(time.Unix(1_800_000_000, 0), map[string]any{"abc": 1})
	if err != nil {
		t.Fatal(err)
	}
	i := bytes.Index(b, []byte("\x01\x03abc"))
	if i < 0 {
		t.Fatal("no entry of that form in gob's data")
	}
	b[i] = 0xfc // the count is now the four bytes that follow: 56 million
	result := testing.Benchmark(func(tb *testing.B) {
		for range tb.N {
			if _, values, err := (stores.Codec{}).Decode(b); err == nil {
				t.Fatalf("gives %v", values)
			}
		}
	})
	if n := result.AllocedBytesPerOp(); n > 100_000 {
		t.Errorf("%d bytes of input take %d bytes of memory", len(b), n)
	}
}

func TestCodecAllocations(t *testing.T) {
	var codec stores.Codec
	values := map[string]any{"identity": strings.Repeat("i", 90), "name": "Li Hua", "visits": 12, "cart": strings.Repeat("c", 10_000)}
	b, err := codec.Encode(time.Now(), values)
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name string
		max  float64
		run  func()
	}{
		{"LookupString", 1, func() { codec.LookupString(b, "identity") }},
		{"LookupString of a missing key", 0, func() { codec.LookupString(b, "none") }},
		{"Encode", 2, func() { codec.Encode(time.Time{}, values) }}, // and the deadline
		{"Decode", 6, func() { codec.Decode(b) }},                   // the text, the map and a box for each string
	}
	for _, test := range tests {
		if n := testing.AllocsPerRun(100, test.run); n > test.max {
			t.Errorf("%s: %v allocations, want at most %v", test.name, n, test.max)
		}
	}
}

func FuzzCodec(f *testing.F) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 20 {
		deadline, values := someSession(r)
		for _, codec := range []scs.Codec{stores.Codec{}, scs.GobCodec{}} {
			b, err := codec.Encode(deadline, values)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(b)
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var codec stores.Codec
		deadline, values, err := codec.Decode(b)
		if err != nil {
			codec.LookupString(b, "a")
			return
		}
		for key, v := range values {
			want, wantFound := v.(string)
			if got, found, err := codec.LookupString(b, key); got != want || found != wantFound || err != nil {
				t.Fatalf("LookupString(%q) = %q, %t, %v; Decode has %#v", key, got, found, err, v)
			}
		}
		wantDeadline, want, wantErr := roundTrip(scs.GobCodec{}, deadline, values)
		gotDeadline, got, err := roundTrip(codec, deadline, values)
		if (err != nil) != (wantErr != nil) {
			t.Fatalf("Codec says %v, GobCodec %v", err, wantErr)
		}
		if err == nil && (!same(gotDeadline, wantDeadline) || !same(got, want)) {
			t.Fatalf("%v, %s; GobCodec has %v, %s", gotDeadline, sprint(got), wantDeadline, sprint(want))
		}
	})
}

func roundTrip(codec scs.Codec, deadline time.Time, values map[string]any) (time.Time, map[string]any, error) {
	b, err := codec.Encode(deadline, values)
	if err != nil {
		return deadline, nil, err
	}
	return codec.Decode(b)
}
