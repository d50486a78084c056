package scrape

import (
	"sync"
	"unsafe"
)

// cache is what all views of a book share: the tools that renditions are made
// with, and the account of which kinds of them are in use.
type cache struct {
	encoders  sync.Pool // of *encoder
	deflaters sync.Pool // of *deflater

	mu    sync.Mutex
	turns int         // responses begun
	used  map[key]int // the turn at which a kind was last asked for
}

// keepTurns is for how many responses of other kinds a kind of renditions is kept
// after it was last asked for. Several scrapers with formats of their own, some
// four times as often as others, are well within it, while what a single look with
// curl made goes after a few minutes.
const keepTurns = 24

// use notes that k is asked for, and returns the kinds that were not for long.
func (c *cache) use(k key) (stale []key) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.used == nil {
		c.used = map[key]int{}
	}
	c.turns++
	c.used[k] = c.turns
	// Pages without a name to escape serve all schemes with one rendition.
	k.escaping = escapeNothing
	c.used[k] = c.turns
	for other, turn := range c.used {
		if turn+keepTurns < c.turns {
			stale = append(stale, other)
			delete(c.used, other)
		}
	}
	return stale
}

func (c *cache) encoder() *encoder {
	if e, ok := c.encoders.Get().(*encoder); ok {
		return e
	}
	return newEncoder()
}

func (c *cache) deflater() *deflater {
	if d, ok := c.deflaters.Get().(*deflater); ok {
		return d
	}
	return newDeflater()
}

// bytesOf returns the bytes of s without copying them. They must not be changed;
// io.Writer promises that of what it is given.
func bytesOf(s string) []byte { return unsafe.Slice(unsafe.StringData(s), len(s)) }
