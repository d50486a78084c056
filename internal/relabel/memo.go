package relabel

import (
	"hash/maphash"
	"strings"
	"sync/atomic"
)

// memo remembers what follows from a text. It is bounded: a text has two places
// where it may stand, and pushes out what is in one of them if both are taken. So it
// serves values that come again and again (an environment, a service), and
// those that don't (instances, paths) cost it no more than the work they cause.
//
// It is safe for concurrent use, without locks; two goroutines may find the
// same thing out at once.
type memo[T any] struct {
	seed   maphash.Seed
	places [memoPlaces]atomic.Pointer[known[T]]
}

// known is what follows from a text. It doesn't change.
type known[T any] struct {
	text string
	what *T
}

const (
	memoPlaces = 512 // a power of 2
	// memoText is the longest text that is remembered, in bytes. With memoPlaces it
	// bounds the memory.
	memoText = 256
)

func newMemo[T any]() *memo[T] { return &memo[T]{seed: maphash.MakeSeed()} }

// get returns what follows from text, by work if it isn't known. Work is given a
// text that it may keep.
func (m *memo[T]) get(text string, work func(text string) *T) *T {
	hash := maphash.String(m.seed, text)
	first, second := m.at(hash), m.at(hash>>32)
	a := first.Load()
	if a != nil && a.text == text {
		return a.what
	}
	b := second.Load()
	if b != nil && b.text == text {
		return b.what
	}
	k := &known[T]{text: strings.Clone(text)}
	k.what = work(k.text)
	if len(text) <= memoText {
		if a != nil && (b == nil || hash>>63 == 0) {
			first = second
		}
		first.Store(k)
	}
	return k.what
}

func (m *memo[T]) at(hash uint64) *atomic.Pointer[known[T]] { return &m.places[hash%memoPlaces] }
