package stores

import (
	"bytes"
	"encoding/gob"
	"errors"
	"time"
)

// maxGob is the size in bytes of the largest gob that is decoded. Package gob recurses
// once for each level of nested values. Half a million levels would crash the process.
const maxGob = 1 << 20

var errGobTooLarge = errors.New("more than 1 MiB of gob")

// decodeGobSession decodes a session that scs.GobCodec encoded.
func decodeGobSession(b []byte) (deadline time.Time, values map[string]any, err error) {
	session := struct {
		Deadline time.Time
		Values   map[string]any
	}{Values: make(map[string]any)}
	err = decodeGob(b, &session)
	return session.Deadline, session.Values, err
}

// decodeGob decodes b into v. It must consume all of b.
//
// The caller must allocate a map in v. Otherwise gob allocates the map at the claimed
// size before it reads the first entry. gob allocates slices in steps of 10 MiB.
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
