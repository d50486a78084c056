package push

import (
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/headgate/headgate/push/labels"
)

// WithTotals lets what is recorded travel as running totals of this process, which any
// gateway takes. Without it, it travels as increments, for one that aggregates: they add
// up over all processes that push to the group.
func WithTotals() Option { return withMode(recordTotals) }

// WithSamples sends each recorded sample with its timestamp, for a transport that
// keeps a history, such as JSON. The push API doesn't, so name one with WithTransport.
func WithSamples() Option { return withMode(recordSamples) }

func withMode(m recordMode) Option {
	return func(c *config) error {
		if c.recording.mode != 0 && c.recording.mode != m {
			return errors.New("WithTotals and WithSamples exclude each other")
		}
		c.recording.mode = m
		return nil
	}
}

// WithMaxSeries bounds the series of the Recorder. The default is 10,000.
func WithMaxSeries(n int) Option {
	return func(c *config) error {
		if n <= 0 {
			return fmt.Errorf("%d series: want more than 0", n)
		}
		c.recording.maxSeries = n
		return nil
	}
}

// WithPolicy applies a label policy to all that is gathered and recorded. A label
// that then has the name and the value of one of the grouping key is left out, as
// that of Rename("service", "job") is where both name the same.
func WithPolicy(p *labels.Policy) Option {
	return func(c *config) error {
		if p == nil {
			return errors.New("the label policy is nil")
		}
		c.policy = p
		return nil
	}
}

// WithStrict pushes nothing when a collector fails, as client_golang does. Without
// it the metrics of the others are pushed, if there are any, and the error is
// returned all the same.
func WithStrict() Option {
	return func(c *config) error {
		c.strict = true
		return nil
	}
}

// WithMerge lets a started Pusher replace only the families that it pushes and keep
// the group's others, as Add does, instead of replacing the group, as Push does.
func WithMerge() Option {
	return func(c *config) error {
		c.merge = true
		return nil
	}
}

// WithCompression compresses what is sent to the push API at New's url.
func WithCompression(how Compression) Option {
	return func(c *config) error {
		c.compression = how
		return how.check()
	}
}

// WithTTL asks the gateway to let the group expire this long after its last push.
func WithTTL(d time.Duration) Option {
	return func(c *config) error {
		if d < time.Second {
			return fmt.Errorf("ttl %s: want 1s or more", d)
		}
		c.lifetime.TTL = d
		return nil
	}
}

// WithExpect tells the gateway how often at least a push is due.
func WithExpect(d time.Duration) Option {
	return func(c *config) error {
		if d < time.Second {
			return fmt.Errorf("expect %s: want 1s or more", d)
		}
		c.lifetime.Expect = d
		return nil
	}
}

// WithKeepUntilScraped asks the gateway to drop the group once every active scraper
// has read its last push.
func WithKeepUntilScraped() Option {
	return func(c *config) error {
		c.lifetime.KeepUntilScraped = true
		return nil
	}
}

// WithDeleteOnClose deletes the group when a Pusher that was started is closed,
// instead of pushing once more.
func WithDeleteOnClose() Option {
	return func(c *config) error {
		c.deleteOnClose = true
		return nil
	}
}

// WithLogger logs to l instead of slog.Default: what goes wrong, of each kind and target
// once a minute at most, and what a target warns of, each warning once an hour.
func WithLogger(l *slog.Logger) Option {
	return func(c *config) error {
		if l == nil {
			return errors.New("the logger is nil")
		}
		c.logger = l
		return nil
	}
}

// WithHook calls f at each change of a batch's state: for one target one after the
// other, for several at once. f must not block, and must not call the Pusher.
func WithHook(f func(Event)) Option {
	return func(c *config) error {
		if f == nil {
			return errors.New("the hook is nil")
		}
		c.hook = f
		return nil
	}
}
