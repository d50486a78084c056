package push

import (
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/headgate/headgate/push/labels"
	"github.com/headgate/headgate/push/load"
)

// Option changes what New makes. An invalid one is kept as the Pusher's Error.
type Option func(*config) error

// config is what the options say. It isn't changed after New.
type config struct {
	interval          time.Duration // 0: none
	shortest, longest time.Duration // of an adaptive interval; 0: it is fixed
	load              load.Source

	timeout, closeTimeout time.Duration
	retry                 Retry
	breaker               Breaker
	breakerAsked          bool // by an option

	memoryBytes int64
	spoolDir    string
	spoolBytes  int64

	primary     Transport // nil: the push API at New's url
	targets     []namedTransport
	compression Compression
	tokenFile   string

	recording recorderConfig
	policy    *labels.Policy
	strict    bool
	merge     bool

	lifetime      Lifetime
	deleteOnClose bool

	job           jobConfig
	told          func() string // of a run, with each state; nil: nothing
	spoolOptional bool          // Start goes on without one that can't be had

	logger *slog.Logger
	hook   func(Event)
}

type namedTransport struct {
	name      string
	transport Transport
}

// primaryName is the target that New's url or WithTransport names.
const primaryName = "gateway"

func newConfig(opts []Option) (config, error) {
	c := config{
		interval: unset, timeout: 10 * time.Second, closeTimeout: 10 * time.Second,
		memoryBytes: 32 << 20, spoolBytes: 256 << 20, logger: slog.Default(),
	}
	var errs []error
	for _, o := range opts {
		errs = append(errs, o(&c))
	}
	var err error
	c.retry, err = c.retry.withDefaults()
	errs = append(errs, err)
	c.breaker, err = c.breaker.withDefaults()
	errs = append(errs, err)
	_, err = c.newInterval()
	errs = append(errs, err)
	if c.lifetime.KeepUntilScraped && c.deleteOnClose {
		errs = append(errs, errors.New("WithKeepUntilScraped and WithDeleteOnClose exclude each other: one keeps what the other deletes"))
	}
	if c.recording.mode == recordSamples && c.primary == nil {
		errs = append(errs, fmt.Errorf("WithSamples: %w", errNoHistory))
	}
	if c.tokenFile != "" && c.primary != nil {
		errs = append(errs, errors.New("WithBearerTokenFile is for the push API at New's url: want BearerTokenFile in the configuration of the transport"))
	}
	if c.deleteOnClose {
		errs = append(errs, c.checkDeletes())
	}
	c.recording.policy = c.policy
	return c, errors.Join(errs...)
}

// checkDeletes finds targets of which it is known that they can't delete.
func (c *config) checkDeletes() error {
	for _, t := range append([]namedTransport{{primaryName, c.primary}}, c.targets...) {
		if _, ok := t.transport.(*JSON); ok {
			return fmt.Errorf("WithDeleteOnClose: target %q is a JSON endpoint, which can't delete", t.name)
		}
	}
	return nil
}

// unset is an interval that no option has set.
const unset time.Duration = -1

const defaultInterval = 15 * time.Second

// newInterval returns the interval to start with.
func (c *config) newInterval() (*interval, error) {
	base, lo, hi := c.interval, c.shortest, c.longest
	switch {
	case lo == 0 && base <= 0: // with 0 nobody asks it for more than its length
		base = defaultInterval
	case base == unset:
		base = lo
	}
	if lo == 0 {
		lo, hi = base, base
	}
	return newInterval(base, lo, hi, c.load, c.logger)
}

// WithInterval sets the time between two pushes of a Pusher that was started. The
// default is 15 s. With 0 only Flush, Close and WithFlushAt push after the first one.
func WithInterval(d time.Duration) Option {
	return func(c *config) error {
		if d < 0 {
			return fmt.Errorf("interval %s: want 0 or more", d)
		}
		c.interval = d
		return nil
	}
}

// WithAdaptiveInterval lets the time between two pushes grow by half, to at most
// longest, while the load is above 0.8 or the gateway is slow or asks for rest, and
// shrink by a fifth, to at least shortest, while it is below 0.4. In between it
// drifts to where it begins, which is WithInterval's if given, else shortest. A nil
// source means load.Auto: the container's CPU, or the host's where there is no container.
func WithAdaptiveInterval(shortest, longest time.Duration, source load.Source) Option {
	return func(c *config) error {
		if shortest <= 0 || longest < shortest {
			return fmt.Errorf("adaptive interval from %s to %s: want 0 < shortest <= longest", shortest, longest)
		}
		if source == nil {
			source = load.Auto()
		}
		c.shortest, c.longest, c.load = shortest, longest, source
		return nil
	}
}

// WithFlushAt pushes as soon as so many samples were recorded since the last push,
// besides the pushes at each interval. The default, 0, is never.
func WithFlushAt(samples int) Option {
	return func(c *config) error {
		if samples < 0 {
			return fmt.Errorf("flush at %d samples: want 0 or more", samples)
		}
		c.recording.threshold = samples
		return nil
	}
}

// WithTimeout bounds how long Push, Add and Delete try once the metrics are gathered,
// which takes as long as it takes, and before that how long they wait for another
// push. It also bounds each attempt of a Pusher that was started. The default is 10 s.
func WithTimeout(d time.Duration) Option {
	return func(c *config) error {
		if d <= 0 {
			return fmt.Errorf("timeout %s: want more than 0", d)
		}
		c.timeout = d
		return nil
	}
}

// WithCloseTimeout bounds Close. The default is 10 s.
func WithCloseTimeout(d time.Duration) Option {
	return func(c *config) error {
		if d <= 0 {
			return fmt.Errorf("close timeout %s: want more than 0", d)
		}
		c.closeTimeout = d
		return nil
	}
}

// WithRetry sets when a batch that failed is sent again.
func WithRetry(r Retry) Option {
	return func(c *config) error {
		c.retry = r
		return nil
	}
}

// WithBreaker sets when a target that keeps failing is left alone. A Pusher that
// wasn't started has no breaker without this option: who calls Push wants it tried.
func WithBreaker(b Breaker) Option {
	return func(c *config) error {
		c.breaker, c.breakerAsked = b, true
		return nil
	}
}

// WithMemory bounds the bytes of batches that wait in memory, for each target. The
// default is 32 MiB. What doesn't fit any more is lost, the oldest first, counted
// and reported. With a spool, batches wait there.
func WithMemory(bytes int64) Option {
	return func(c *config) error {
		if bytes <= 0 {
			return fmt.Errorf("memory of %d bytes: want more than 0", bytes)
		}
		c.memoryBytes = bytes
		return nil
	}
}

// WithSpool keeps what waits to be sent in a folder, which is made if need be. It
// survives the process: the next one that names the folder sends it first, to its own
// gateway. So a folder is for one gateway, whatever the job. Several processes may name
// it at the same time.
func WithSpool(dir string) Option {
	return func(c *config) error {
		if dir == "" {
			return errors.New("the spool's folder is empty: want a path")
		}
		c.spoolDir = dir
		return nil
	}
}

// WithSpoolLimit bounds the bytes of the spool's folder, for each target. The
// default is 256 MiB.
func WithSpoolLimit(bytes int64) Option {
	return func(c *config) error {
		if bytes <= 0 {
			return fmt.Errorf("spool of %d bytes: want more than 0", bytes)
		}
		c.spoolBytes = bytes
		return nil
	}
}

// WithTransport sends by t instead of the push API at New's url, which may then
// be empty. The Pusher doesn't close t, so that several may share it.
func WithTransport(t Transport) Option {
	return func(c *config) error {
		if t == nil {
			return errors.New("the transport is nil")
		}
		c.primary = t
		return nil
	}
}

// WithBearerTokenFile sends the token in a file with each request to the push API, as
// Authorization: Bearer. The file is read each time, so a token that is replaced there
// needs no restart, and a push that a gateway answers with 401 is tried again: it may
// not know a new token yet.
func WithBearerTokenFile(name string) Option {
	return func(c *config) error {
		if name == "" {
			return errors.New("the bearer token's file is empty: want a path")
		}
		c.tokenFile = name
		return nil
	}
}

// WithTarget sends everything by t too, independently: a target that is slow or
// down holds up no other. The name is for logs, metrics, errors and the spool.
func WithTarget(name string, t Transport) Option {
	return func(c *config) error {
		taken := name == primaryName || slices.ContainsFunc(c.targets, func(o namedTransport) bool { return o.name == name })
		switch {
		case t == nil:
			return fmt.Errorf("the transport of target %q is nil", name)
		case !validTargetName(name):
			return fmt.Errorf("target %q: want a name of a-z, A-Z, 0-9, _ and -", name)
		case taken:
			return fmt.Errorf("target %q: there is one of this name already", name)
		}
		c.targets = append(c.targets, namedTransport{name, t})
		return nil
	}
}

// validTargetName keeps a name usable as a folder.
func validTargetName(s string) bool {
	for _, r := range s {
		if !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || r == '_' || r == '-') {
			return false
		}
	}
	return s != ""
}
