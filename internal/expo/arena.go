package expo

import "unsafe"

// arenaKeep is how many bytes of one arena or other slice a Parser keeps between
// calls. What a huge body needed beyond that goes back to the garbage collector.
const arenaKeep = 4 << 20

// arenaFirst is the number of elements in an arena's first chunk.
const arenaFirst = 64

// arena cuts slices from chunks that are reused by the next call on a Parser.
//
// A full chunk is left to the slices that were cut from it and a chunk of twice
// the size takes its place, so nothing that was handed out ever moves: pointers
// and strings into an arena stay good until reset. After a few calls the one
// chunk that is kept fits a typical body, and no call allocates any more.
type arena[T any] struct {
	buf []T // the present chunk; its length is what has been handed out
}

// reset takes everything back. Slices handed out before are then overwritten.
func (a *arena[T]) reset() { a.buf = emptied(a.buf) }

// emptied returns s without elements, and without its memory if that is too much to keep.
func emptied[T any](s []T) []T {
	var t T
	if uintptr(cap(s))*unsafe.Sizeof(t) > arenaKeep {
		return nil
	}
	return s[:0]
}

// room makes sure that the present chunk has n free elements. The caller vouches
// that n is in proportion to input that is really there.
func (a *arena[T]) room(n int) {
	if cap(a.buf)-len(a.buf) < n {
		a.buf = make([]T, 0, max(n, 2*cap(a.buf), arenaFirst))
	}
}

// one returns a pointer to a new zero element.
func (a *arena[T]) one() *T {
	var zero T
	a.room(1)
	a.buf = append(a.buf, zero)
	return &a.buf[len(a.buf)-1]
}

// push appends v to s, which was cut from this arena or is empty, and returns the
// longer slice. It grows in place while s is the last slice cut; otherwise s
// moves to a place with as much room again, so that slices which grow in turns
// still cost amortised constant time.
func (a *arena[T]) push(s []T, v T) []T {
	n := len(s)
	if n < cap(s) {
		return append(s, v)
	}
	used := len(a.buf)
	if used < cap(a.buf) && (n == 0 || used > 0 && &s[n-1] == &a.buf[used-1]) {
		a.buf = append(a.buf, v)
		return a.buf[used-n : used+1 : used+1]
	}
	return a.move(s, v)
}

func (a *arena[T]) move(s []T, v T) []T {
	n := 2*len(s) + 1
	a.room(n)
	used := len(a.buf)
	a.buf = a.buf[:used+n]
	s = append(a.buf[used:used:used+n], s...)
	return append(s, v)
}
