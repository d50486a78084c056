package api

import (
	"errors"
	"io"
	"net/http"
	"sync"
	"sync/atomic"

	"github.com/headgate/headgate/internal/expo"
	"github.com/headgate/headgate/internal/ingest"
	"github.com/headgate/headgate/internal/limit"
)

const (
	// trustedLength is how much memory a Content-Length alone may claim; beyond
	// it the buffer grows with what has arrived.
	trustedLength = 256 << 10
	firstBuffer   = 4 << 10
	// keptBuffer is the largest buffer that is kept for the next push.
	keptBuffer = 1 << 20
)

// bodies reads request bodies. All that a hostile body can cost is bounded: its
// bytes on the wire, the bytes they decompress to, the sum over all requests,
// and the time they take to arrive.
type bodies struct {
	limits atomic.Pointer[bodyLimits]
	budget *budget
	pace   pace
	pool   sync.Pool
}

// body is one request body in a buffer that is reused.
type body struct {
	of     *bodies
	limits limits // as they were when the read began
	buf    []byte
	wire   wire
	codecs codecs
	taken  int64    // reserved in the budget
	over   limit.ID // the limit that refused it, limit.IDs for none

	// What the push needs besides, so that it allocates neither.
	labels []expo.Label
	push   ingest.Push
}

func (p *bodies) get() *body {
	if b, ok := p.pool.Get().(*body); ok {
		return b
	}
	return &body{of: p}
}

// put takes b back. What its read returned may not be used afterwards.
func (p *bodies) put(b *body) {
	p.budget.give(b.taken)
	b.taken = 0
	b.wire, b.push = wire{}, ingest.Push{}
	clear(b.labels)
	if cap(b.buf) > keptBuffer {
		b.buf = nil
	}
	p.pool.Put(b)
}

// read returns the decompressed body of a push to the group with these labels, valid until
// b goes back to its pool.
func (b *body) read(w http.ResponseWriter, r *http.Request, key []expo.Label) ([]byte, error) {
	b.limits, b.over = b.of.limits.Load().groups(key), limit.IDs
	sent, decoded := b.limits.most()
	if r.ContentLength > sent {
		b.over = limit.BodyBytes
		return nil, b.limits.tooLarge("", r.ContentLength)
	}
	b.wire = wire{src: r.Body, ctrl: w, limit: sent, pace: b.of.pace}
	name, src, err := b.decoder(r.Header)
	if err == nil {
		if name == "" {
			decoded = sent
		}
		err = b.fill(src, min(max(r.ContentLength+1, firstBuffer), trustedLength), decoded)
	}
	if err != nil {
		return nil, b.explain(name, err)
	}
	b.wire.finish()
	return b.buf, nil
}

var errDecodedTooLarge = errors.New("decompressed body too large")

// fill reads src to its end. The buffer starts with size bytes and doubles.
func (b *body) fill(src io.Reader, size, limit int64) error {
	b.buf = b.buf[:0]
	for {
		if err := b.reserve(size); err != nil {
			return err
		}
		for len(b.buf) < cap(b.buf) {
			n, err := src.Read(b.buf[len(b.buf):cap(b.buf)])
			b.buf = b.buf[:len(b.buf)+n]
			switch {
			case int64(len(b.buf)) > limit:
				return errDecodedTooLarge
			case err == io.EOF:
				return nil
			case err != nil:
				return err
			}
		}
		// One byte above the limit suffices to see that it was passed.
		size = min(2*int64(cap(b.buf)), limit+1)
	}
}

// reserve grows the buffer to a capacity of at least size, if the budget has room.
func (b *body) reserve(size int64) error {
	size = max(size, int64(cap(b.buf)))
	if err := b.take(size - b.taken); err != nil {
		return err
	}
	if int64(cap(b.buf)) < size {
		grown := make([]byte, len(b.buf), size)
		copy(grown, b.buf)
		b.buf = grown
	}
	return nil
}

// take reserves n more bytes of the budget until b is put back.
func (b *body) take(n int64) error {
	if n <= 0 {
		return nil
	}
	if !b.of.budget.take(n, b.limits.inFlight) {
		return refuse(memoryFull, "no memory for it now (limit-in-flight-bytes): the bodies of all pushes in flight have the %d bytes allowed (limits.in_flight_bytes) but for fewer than the %d that this one needs next: push again later",
			b.limits.inFlight, n)
	}
	b.taken += n
	return nil
}

// explain turns what went wrong while reading into what the client is told. The
// wire's own error goes first: a decompressor reports it as a broken stream.
func (b *body) explain(encoding string, err error) error {
	var own *refusal
	switch {
	case errors.As(err, &own):
		return err
	case errors.Is(b.wire.err, errWireTooLarge), errors.Is(err, errDecodedTooLarge) && encoding == "":
		b.over = limit.BodyBytes
		return b.limits.tooLarge("at least ", b.wire.n)
	case b.wire.err != nil:
		return b.wire.explain()
	case errors.Is(err, errDecodedTooLarge):
		b.over = limit.DecodedBodyBytes
		return refuse(tooLarge, "push too large (limit-decoded-body-bytes): the %s body decompresses to at least %d bytes, %d allowed: %s",
			encoding, len(b.buf), b.limits.decoded, decodedAdvice)
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return refuse(badBody, "the %s body ends early, after %d bytes: want a complete %s stream", encoding, b.wire.n, encoding)
	}
	return refuse(badBody, "the %s body is broken within its first %d bytes: %v", encoding, b.wire.n, err)
}

// readBody reads the body of a push, and counts what limits on bodies did to it.
func (a *API) readBody(w http.ResponseWriter, r *http.Request, b *body, key []expo.Label) ([]byte, error) {
	data, err := b.read(w, r, key)
	a.Door.NoteBody(b.wire.n, int64(len(b.buf)), b.over)
	if err == nil {
		a.Telemetry.received(b.wire.n, len(data))
	}
	return data, err
}

// tellBody adds to a push that was taken what limits on bodies would have had against it.
func (a *API) tellBody(r *http.Request, b *body, err error) {
	if err != nil {
		return
	}
	found := b.limits.exceeded(b.wire.n, int64(len(b.buf)), r.Header.Get("Content-Encoding") != "")
	if len(found) == 0 {
		return
	}
	if !b.push.DryRun {
		a.Door.NoteDryRuns(found)
	}
	b.push.Findings = append(b.push.Findings, found...)
}
