package stores_test

import (
	"fmt"
	"time"

	"example.com/wxlogin/stores"
)

func ExampleCodec_LookupString() {
	b, err := stores.Codec{}.Encode(time.Now(), map[string]any{"name": "Li Hua", "visits": 3})
	if err != nil {
		panic(err)
	}
	name, found, err := stores.Codec{}.LookupString(b, "name")
	fmt.Println(name, found, err)
	// Output: Li Hua true <nil>
}
