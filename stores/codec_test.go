package stores_test

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"

	"example.com/wxlogin/stores"
)

func TestCodecGivesWhatGobCodecGives(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	for i := range 1_000 {
		deadline, values := someSession(r)
		if i < len(makers) {
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
		if want == nil {
			want = make(map[string]any)
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
			_, err := (stores.Codec{}).Encode(time.Now(), values)
			if err == nil {
				t.Error("Codec takes it")
			} else if told := strings.Contains(err.Error(), "call gob.Register"); told != (name == "unregistered type" || name == "function") {
				t.Errorf("got %v", err)
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
		"same key twice":      deadline + "\x05\x01a\x01x\x05\x01a\x01y" + end,
		"true with a value":   deadline + "\x04\x01a\x01x" + end,
		"int too long":        deadline + "\x08\x01a\x02\x02\x02" + end,
		"int8 out of range":   deadline + "\x09\x01a\x02\x80\x02" + end,
		"uint8 out of range":  deadline + "\x0e\x01a\x02\x80\x02" + end,
		"float64 of 4 bytes":  deadline + "\x13\x01a\x041234" + end,
		"time of 1 byte":      deadline + "\x07\x01a\x01\x01" + end,
		"length past the end": deadline + "\x05\x01a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01x" + end,
		"varint too long":     deadline + "\x05\x01a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7fx" + end,
		"bad deadline":        "\x81\x01x" + end,
		"nothing":             "",
		"another format":      "\x82" + deadline[1:] + end,
	}
	withGob, err := stores.Codec{}.Encode(time.Time{}, map[string]any{"a": plain{}})
	if err != nil {
		t.Fatal(err)
	}
	tests["same key again in gob"] = deadline + "\x05\x01a\x01x" + string(withGob[len(deadline):])
	if _, _, err := (stores.Codec{}).Decode([]byte(deadline + string(withGob[len(deadline):]))); err != nil {
		t.Fatalf("the gob of that is wrong itself: %v", err)
	}
	for name, data := range tests {
		t.Run(name, func(t *testing.T) {
			if deadline, values, err := (stores.Codec{}).Decode([]byte(data)); err == nil {
				t.Errorf("gives %v, %v", deadline, values)
			}
		})
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
		{"Encode", 2, func() { codec.Encode(time.Time{}, values) }}, // at most the result and the encoded deadline
		{"Decode", 6, func() { codec.Decode(b) }},                   // a string copy of b, two for the map, one for each of the three strings
	}
	for _, test := range tests {
		if n := testing.AllocsPerRun(100, test.run); n > test.max {
			t.Errorf("%s: %v allocations, want at most %v", test.name, n, test.max)
		}
	}
}

// hasMapOfOurs reports whether FuzzCodec must skip b. If a registered type contains a map or
// is []any, malicious gob data can make Decode allocate gigabytes; see stores.Codec.
func hasMapOfOurs(b []byte) bool {
	return bytes.Count(b, []byte("map[")) > 1 || bytes.Contains(b, []byte("Inner")) || bytes.Contains(b, []byte("[]interface"))
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
		if hasMapOfOurs(b) {
			t.Skip()
		}
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
		if want == nil && wantErr == nil {
			want = make(map[string]any)
		}
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
