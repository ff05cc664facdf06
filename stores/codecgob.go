package stores

import (
	"bytes"
	"encoding/gob"
	"errors"
	"time"
)

// maxGob is the largest gob that is decoded. Package gob recurses as deep as
// values are nested, and half a million levels would end the process.
const maxGob = 1 << 20

var errGobTooLarge = errors.New("more than 1 MiB of gob")

// decodeGobSession decodes what scs.GobCodec encoded.
func decodeGobSession(b []byte) (deadline time.Time, values map[string]any, err error) {
	session := struct {
		Deadline time.Time
		Values   map[string]any
	}{Values: make(map[string]any)}
	err = decodeGob(b, &session)
	return session.Deadline, session.Values, err
}

// decodeGob decodes b, all of it, into v.
//
// A map in v must have been made already. gob would make it as large as the data
// claims, before it looks for the first entry. It makes slices in steps of 10 MiB.
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
