package pushtest

import "fmt"

// DefaultMaxBody is the largest body that a gateway takes unless MaxBody says
// otherwise, in bytes, compressed as well as decompressed.
const DefaultMaxBody = 64 << 20

// An Option says what kind of gateway New starts.
type Option func(*config)

type config struct {
	maxBody int64
	plain   bool
	memory  bool
}

func (c *config) check() error {
	if c.maxBody < 1 {
		return fmt.Errorf("MaxBody(%d): want at least 1 byte", c.maxBody)
	}
	return nil
}

// MaxBody makes the gateway answer 413 to a body of more than n bytes, compressed
// or decompressed.
func MaxBody(n int64) Option { return func(c *config) { c.maxBody = n } }

// NotAggregating makes a gateway that is no better than Pushgateway: the headers
// and parameters of Headgate mean nothing to it, and increments replace what
// was there.
func NotAggregating() Option { return func(c *config) { c.plain = true } }

// InMemory makes a gateway without a socket, which only its Client reaches. All
// of it then runs on channels, so in a bubble of testing/synctest the clock moves
// on while a request hangs or a client backs off: New must be called inside.
func InMemory() Option { return func(c *config) { c.memory = true } }
