package sqlstore

import (
	"time"

	"poolhouse.dev/internal/limit"
)

var levels = describe(limit.TableLevels,
	sharded(alone, text("bucket", func(l *limit.Level) *string { return &l.Bucket })),
	number("millionths", func(l *limit.Level) *int64 { return &l.Millionths }),
	moment("filled_at", func(l *limit.Level) *time.Time { return &l.At }),
	indexed(moment("expires_at", func(l *limit.Level) *time.Time { return &l.ExpiresAt })),
)
