package api

import "sync/atomic"

// Defaults of the bounds that SetLimits takes, in bytes.
const (
	DefaultMaxBody     = 32 << 20
	DefaultMaxDecoded  = 64 << 20
	DefaultMaxInFlight = 256 << 20
)

// limits bound the bytes of request bodies.
type limits struct {
	body, decoded, inFlight int64
}

// SetLimits bounds the bytes of one body as received, of one body decompressed,
// and of all bodies in memory. 0 means the default. Bodies that are being read
// keep the limits they began with.
func (a *API) SetLimits(body, decoded, inFlight int64) {
	l := &limits{
		body:     orDefault(body, DefaultMaxBody),
		decoded:  orDefault(decoded, DefaultMaxDecoded),
		inFlight: orDefault(inFlight, DefaultMaxInFlight),
	}
	// A single push at its bounds must fit, or it would be told to retry for ever.
	l.inFlight = max(l.inFlight, l.body+1, l.decoded+1+zstdWindow)
	a.bodies.limits.Store(l)
}

func orDefault(n, otherwise int64) int64 {
	if n <= 0 {
		return otherwise
	}
	return n
}

func (l *limits) tooLarge(about string, n int64) error {
	return refuse(tooLarge, "push too large (limit-body-bytes): the body has %s%d bytes, %d allowed: push fewer series at once, compress the body or raise limits.body_bytes",
		about, n, l.body)
}

// budget counts the bytes of all request bodies in memory. Taking from it never
// waits: a client that is told to come back later costs nothing.
type budget struct {
	used atomic.Int64
}

// take reserves n bytes and reports whether they fit below limit.
func (b *budget) take(n, limit int64) bool {
	if b.used.Add(n) > limit {
		b.used.Add(-n)
		return false
	}
	return true
}

func (b *budget) give(n int64) { b.used.Add(-n) }
