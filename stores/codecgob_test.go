package stores_test

import (
	"bytes"
	"encoding/binary"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"

	"example.com/wxlogin/stores"
)

// gob allocates memory for a slice or a nil map before it reads the first entry.
func TestCodecAllocatesLittleForClaims(t *testing.T) {
	tests := []struct {
		name   string
		codec  scs.Codec
		values map[string]any
		max    uint64 // bytes
	}{
		{"the values of a gob session", scs.GobCodec{}, map[string]any{"abc": 1}, 100_000},
		{"the gob part of a Codec session", stores.Codec{}, map[string]any{"abc": plain{}}, 100_000},
		{"a slice", scs.GobCodec{}, map[string]any{"x": []string{"abc"}}, 11 << 20},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			b, err := test.codec.Encode(time.Unix(1_800_000_000, 0), test.values)
			if err != nil {
				t.Fatal(err)
			}
			i := bytes.Index(b, []byte("\x01\x03abc"))
			if i < 0 {
				t.Fatalf("no count before abc in %q", b)
			}
			b[i] = 0xfc // gob now reads the next four bytes as the count, 56 million
			before := allocated()
			if _, values, err := (stores.Codec{}).Decode(b); err == nil {
				t.Errorf("decoded %v", values)
			}
			if n := allocated() - before; n > test.max {
				t.Errorf("%d bytes of input took %d bytes of memory", len(b), n)
			}
		})
	}
}

func allocated() uint64 {
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.TotalAlloc
}

// If Decode returned a nil map, the first Put of the session manager would panic.
func TestCodecDecodesNilMapAsEmpty(t *testing.T) {
	for name, codec := range map[string]scs.Codec{"Codec": stores.Codec{}, "GobCodec": scs.GobCodec{}} {
		b, err := codec.Encode(time.Now(), nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, values, err := (stores.Codec{}).Decode(b); values == nil || len(values) > 0 || err != nil {
			t.Errorf("%s: %#v, %v", name, values, err)
		}
	}
}

// Without the limit of 1 MiB for gob data, a million nested slices would crash the process.
func TestCodecRefusesDeepNesting(t *testing.T) {
	for _, test := range []struct {
		levels int
		fits   bool
	}{{10, true}, {50_000, true}, {1_000_000, false}} {
		_, values, err := stores.Codec{}.Decode(nested(t, test.levels))
		if fits := err == nil; fits != test.fits {
			t.Errorf("%d levels: error %v", test.levels, err)
		}
		if test.fits && values["a"] == nil {
			t.Errorf("%d levels are lost", test.levels)
		}
	}
}

// nested returns a gob session with a value of nested slices. The parameter levels is
// their approximate depth.
func nested(t *testing.T, levels int) []byte {
	t.Helper()
	b, err := scs.GobCodec{}.Encode(time.Time{}, map[string]any{"a": []any{[]any{}}})
	if err != nil {
		t.Fatal(err)
	}
	// gob encodes the inner slice in this order: the length of its type's name, this name,
	// the id of the type, the length of what follows, a zero, and the number of elements.
	// gob does not check the length of what follows.
	i := bytes.LastIndex(b, []byte("\x0e[]interface {}"))
	inner := b[i : len(b)-1]
	if !bytes.HasSuffix(inner, []byte{0, 0}) {
		t.Fatalf("not an empty slice: %q", inner)
	}
	level := append(bytes.Clone(inner[:len(inner)-1]), 1)
	// The last gob message contains the session. The byte before this message is its length.
	start := i
	for start > 0 && int(b[start-1]) != len(b)-start {
		start--
	}
	if start == 0 {
		t.Fatalf("no message with one byte of length: %q", b)
	}
	message := append(bytes.Clone(b[start:i]), bytes.Repeat(level, levels)...)
	message = append(message, b[i:]...)
	return append(binary.BigEndian.AppendUint32(append(b[:start-1:start-1], 0xfc), uint32(len(message))), message...)
}

func TestCodecLimitsGob(t *testing.T) {
	large := map[string]any{"a": plain{}, "b": []string{strings.Repeat("x", 1<<20)}}
	if _, err := (stores.Codec{}).Encode(time.Now(), large); err == nil {
		t.Error("Encode takes what Decode refuses")
	}
	b, err := scs.GobCodec{}.Encode(time.Now(), large)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := (stores.Codec{}).Decode(b); err == nil {
		t.Error("Decode takes more than 1 MiB of gob")
	}
	large = map[string]any{"a": strings.Repeat("x", 2<<20)} // strings are encoded without gob, so the limit does not apply
	if b, err = (stores.Codec{}).Encode(time.Now(), large); err == nil {
		_, _, err = stores.Codec{}.Decode(b)
	}
	if err != nil {
		t.Error(err)
	}
}
