package access

import (
	"hash/maphash"
	"net/netip"
	"sync/atomic"
	"time"
)

// An address may show failureBurst wrong tokens at once, and one more each failureEvery.
const (
	failureBurst = 10
	failureEvery = 6 * time.Second
)

// failureSlots bounds the memory of all addresses, to 32 KiB.
const failureSlots = 4096

// Failures slows down who shows one wrong token after the other. It says nothing
// about right ones: nobody guesses 256 bits, and a right token must get through
// though a neighbour behind the same proxy has a wrong one.
//
// Addresses share slots, at random. All that a collision does is that two who fail
// are told to wait earlier. It is safe for concurrent use.
type Failures struct {
	seed maphash.Seed // so that nobody can choose with whom to collide
	// Each slot is the time, in Unix nanoseconds, at which all its failures are
	// forgiven: the one number of a leaky bucket.
	slots [failureSlots]atomic.Int64
}

// NewFailures returns an empty table.
func NewFailures() *Failures { return &Failures{seed: maphash.MakeSeed()} }

// Note counts a failure of an address. It returns how long the address is to wait
// before it tries again, 0 if it needn't.
func (f *Failures) Note(address string, now time.Time) (wait time.Duration) {
	slot := &f.slots[maphash.Comparable(f.seed, network(address))%failureSlots]
	for {
		old := slot.Load()
		forgiven := max(old, now.UnixNano()) + int64(failureEvery)
		if wait := time.Duration(forgiven - now.UnixNano() - failureBurst*int64(failureEvery)); wait > 0 {
			return wait // and counts no more, so that waiting helps
		}
		if slot.CompareAndSwap(old, forgiven) {
			return 0
		}
	}
}

// network is what one client has for itself: an IPv4 address, or an IPv6 /64, which
// is the least that anybody is given.
func network(address string) netip.Prefix {
	a, err := netip.ParseAddr(address)
	if err != nil {
		return netip.Prefix{} // all that aren't addresses, such as a socket's, are one
	}
	a = a.Unmap().WithZone("")
	bits := 64
	if a.Is4() {
		bits = 32
	}
	p, _ := a.Prefix(bits) // the length is right for each
	return p
}
