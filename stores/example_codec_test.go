package stores_test

import (
	"encoding/gob"
	"fmt"
	"time"

	"github.com/alexedwards/scs/v2"

	"example.com/wxlogin/stores"
)

// Cart is a type of the application.
type Cart struct{ Items []string }

// Codec reads its own sessions, and sessions of up to 1 MiB that GobCodec wrote. Both
// codecs need gob.Register for the type Cart of the application.
func ExampleCodec() {
	gob.Register(Cart{})
	values := map[string]any{"name": "Li Hua", "visits": 3, "cart": Cart{Items: []string{"tea"}}}
	for _, codec := range []scs.Codec{scs.GobCodec{}, stores.Codec{}} {
		b, err := codec.Encode(time.Unix(1_800_000_000, 0).UTC(), values)
		if err != nil {
			panic(err)
		}
		deadline, decoded, err := stores.Codec{}.Decode(b)
		fmt.Println(deadline, decoded["name"], decoded["visits"], decoded["cart"], err)
	}
	// Output:
	// 2027-01-15 08:00:00 +0000 UTC Li Hua 3 {[tea]} <nil>
	// 2027-01-15 08:00:00 +0000 UTC Li Hua 3 {[tea]} <nil>
}
