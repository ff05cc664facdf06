package stores

import (
	"bytes"
	"encoding/gob"
	"errors"
	"time"
)

// maxGob is the maximum size in bytes of gob data. The limit is necessary because package
// gob recurses once for each level of a nested value. Half a million nested []any
// can overflow the stack, which crashes the process.
const maxGob = 1 << 20

var errGobTooLarge = errors.New("more than 1 MiB of gob")

func decodeGobSession(b []byte) (deadline time.Time, values map[string]any, err error) {
	session := struct {
		Deadline time.Time
		Values   map[string]any
	}{Values: make(map[string]any)}
	err = decodeGob(b, &session)
	return session.Deadline, session.Values, err
}

// decodeGob decodes b into v. It returns an error if further bytes follow the gob value.
//
// If v points to a map, or to a struct with a map, the caller must allocate the map.
// Otherwise gob allocates the map at the size that the data claims, before gob reads the
// first entry.
func decodeGob(b []byte, v any) error {
	if len(b) > maxGob {
		return errGobTooLarge
	}
	r := bytes.NewReader(b)
	if err := gob.NewDecoder(r).Decode(v); err != nil {
		return err
	}
	if r.Len() > 0 {
		return errMalformed
	}
	return nil
}
