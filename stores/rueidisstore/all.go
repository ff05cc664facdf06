package rueidisstore

import (
	"context"
	"strings"
	"time"

	"github.com/redis/rueidis"

	"example.com/wxlogin/stores/internal/layout"
	"example.com/wxlogin/stores/internal/ready"
)

// All calls AllCtx with context.Background().
func (s *Store) All() (map[string][]byte, error) {
	return s.AllCtx(context.Background())
}

// AllCtx returns all keys that start with the prefix of the store, and their values. The
// returned keys do not include the prefix. AllCtx leaves out the keys that [Store.Ready]
// writes. If a key is created, deleted or moved to another server during the call, AllCtx
// can miss the key. AllCtx scans the whole database, in batches of about a thousand keys.
// It fails if a batch takes more than 3 seconds.
func (s *Store) AllCtx(ctx context.Context) (map[string][]byte, error) {
	all := make(map[string][]byte)
	for _, node := range s.client.Nodes() {
		for cursor := uint64(0); ; {
			part, err := abandonable(ctx, time.Now().Add(timeout), func(ctx context.Context) scanned {
				return s.scan(ctx, node, cursor)
			})
			if err == nil {
				err = part.err
			}
			if err != nil {
				return nil, failed("listing the sessions in redis", err)
			}
			for key, value := range part.values {
				if key = strings.TrimPrefix(key, s.prefix); !ready.IsKey(key) {
					all[key] = value
				}
			}
			if cursor = part.next; cursor == 0 {
				break
			}
		}
	}
	return all, nil
}

type scanned struct {
	values map[string][]byte
	next   uint64
	err    error
}

func (s *Store) scan(ctx context.Context, node rueidis.Client, cursor uint64) scanned {
	scan := node.B().Scan().Cursor(cursor).Match(layout.Pattern(s.prefix)).Count(1000).Build()
	entry, err := node.Do(ctx, scan).AsScanEntry()
	if err != nil {
		return scanned{err: err}
	}
	messages, err := rueidis.MGet(s.client, ctx, entry.Elements)
	if err != nil {
		return scanned{err: err}
	}
	values := make(map[string][]byte, len(messages))
	for key, message := range messages {
		switch value, err := message.AsBytes(); {
		case err == nil:
			values[key] = value
		case !rueidis.IsRedisNil(err):
			return scanned{err: err}
		}
	}
	return scanned{values: values, next: entry.Cursor}
}
