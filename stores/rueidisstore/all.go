package rueidisstore

import (
	"context"
	"strings"

	"github.com/redis/rueidis"

	"example.com/wxlogin/stores/internal/failure"
	"example.com/wxlogin/stores/internal/layout"
)

// All is AllCtx without a context.
func (s *Store) All() (map[string][]byte, error) {
	return s.AllCtx(context.Background())
}

// AllCtx returns the values of all keys that were there, not expired, from
// beginning to end of the call, and perhaps some of those that were there for a
// part of it. The 3 seconds are for each command here.
func (s *Store) AllCtx(ctx context.Context) (map[string][]byte, error) {
	all := make(map[string][]byte)
	for _, node := range s.client.Nodes() {
		for cursor := uint64(0); ; {
			entry, err := s.scan(ctx, node, cursor, all)
			if err != nil {
				return nil, failure.New("listing the sessions in redis", plainError(err))
			}
			if cursor = entry; cursor == 0 {
				break
			}
		}
	}
	return all, nil
}

// scan adds some of the values that a node has, and returns where to go on.
func (s *Store) scan(ctx context.Context, node rueidis.Client, cursor uint64, all map[string][]byte) (next uint64, err error) {
	ctx, cancel, err := limit(ctx)
	if err != nil {
		return 0, err
	}
	defer cancel()
	entry, err := node.Do(ctx, node.B().Scan().Cursor(cursor).Match(layout.Pattern(layout.DefaultPrefix)).Count(1000).Build()).AsScanEntry()
	if err != nil {
		return 0, err
	}
	values, err := rueidis.MGet(s.client, ctx, entry.Elements)
	if err != nil {
		return 0, err
	}
	for key, message := range values {
		switch value, err := message.AsBytes(); {
		case err == nil:
			all[strings.TrimPrefix(key, layout.DefaultPrefix)] = value
		case !rueidis.IsRedisNil(err):
			return 0, err
		}
	}
	return entry.Cursor, nil
}
