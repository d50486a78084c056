package api

import "sync/atomic"

// budget bounds the bytes of all request bodies in memory at once. Taking from
// it never waits: a client that is told to come back later costs nothing.
type budget struct {
	limit int64
	used  atomic.Int64
}

// take reserves n bytes and reports whether there was room for them.
func (b *budget) take(n int64) bool {
	if b.used.Add(n) > b.limit {
		b.used.Add(-n)
		return false
	}
	return true
}

func (b *budget) give(n int64) { b.used.Add(-n) }
