package push

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

var (
	errJobEmpty = errors.New("job name is empty")
	errZero     = errors.New("the Pusher is the zero value: make it with New")
)

// Pusher pushes the metrics of one group: one job and its other grouping labels.
// Make one for the life of a process, with New. All its methods may be called by several
// goroutines at once.
type Pusher struct {
	config
	report *reporter
	loop   loop

	mu         sync.Mutex // guards all below
	err        error      // the first error of New or a method that returns the Pusher
	job        string
	grouping   []Label // sorted by name; replaced, not changed
	gatherers  prometheus.Gatherers
	registry   *prometheus.Registry // of the Collectors
	collectors bool                 // whether it has any
	http       HTTPConfig
	changed    bool // since the targets were made
	recorder   *Recorder
	began      bool                // to push something at intervals
	spoke      time.Time           // when something recorded was last sent
	pushed     uint64              // how much was recorded when it was last gathered
	source     prometheus.Gatherer // of all that is gathered; nil: to be made anew
	all        []*target           // nil before they are needed
	spoolErr   error               // of opening it
	own        *HTTP               // made by Start, closed by Close
	started    bool
	flushed    bool // what a Flush couldn't deliver may be in the queues
	closing    bool

	collecting chan struct{} // see order
	closed     chan struct{}
	closeErr   error // before closed is closed only Close's first caller uses it
}

// New returns a Pusher that pushes to the gateway at url under a job name, which
// must not be empty. “http://” is added to a url like host:port; it goes without
// the “/metrics/job/…” part. What is wrong with an argument is the Pusher's Error,
// and that of the first call that would push.
func New(url, job string, opts ...Option) *Pusher {
	cfg, err := newConfig(opts)
	return newPusher(url, job, cfg, errors.Join(cfg.job.refuse(), err))
}

func newPusher(url, job string, cfg config, err error) *Pusher {
	if cfg.primary == nil {
		_, badURL := checkGatewayURL(url)
		err = errors.Join(badURL, err)
	}
	switch {
	case job == "":
		err = errors.Join(errJobEmpty, err)
	case !utf8.ValidString(job):
		err = errors.Join(fmt.Errorf("job name %q: want valid UTF-8", job), err)
	}
	p := &Pusher{
		config: cfg, err: err, job: job,
		http:   HTTPConfig{URL: url, Compression: cfg.compression, BearerTokenFile: cfg.tokenFile},
		loop:   loop{wake: make(chan struct{}, 1), stop: make(chan struct{})},
		closed: make(chan struct{}), collecting: make(chan struct{}, 1),
	}
	p.report = newReporter(p)
	return p
}

// Error returns the first error of New or of a method that returns the Pusher.
func (p *Pusher) Error() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.err
}

// edit runs a builder method. The grouping key, the collectors and where to push
// are frozen once the Pusher was started.
func (p *Pusher) edit(what string, change func() error) *Pusher {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.err != nil:
	case p.started || p.closing:
		p.err = fmt.Errorf("%s: the Pusher was started, and can't be changed any more", what)
	default:
		p.err = change()
		p.changed, p.source = true, nil
	}
	return p
}

// Gatherer adds a source of metrics, which must not have a job label or one of the
// grouping labels.
func (p *Pusher) Gatherer(g prometheus.Gatherer) *Pusher {
	return p.edit("Gatherer", func() error {
		p.gatherers = append(slices.Clone(p.gatherers), g)
		return nil
	})
}

// Collector adds a source of metrics, which must not have a job label or one of the
// grouping labels.
func (p *Pusher) Collector(c prometheus.Collector) *Pusher {
	return p.edit("Collector", func() error {
		if p.registry == nil {
			p.registry = prometheus.NewRegistry()
		}
		p.collectors = true
		return p.registry.Register(c)
	})
}

// Grouping adds a label to the grouping key, or replaces its value. A metric that
// has a label of this name can't be pushed.
func (p *Pusher) Grouping(name, value string) *Pusher {
	return p.edit("Grouping", func() error {
		switch {
		case !model.UTF8Validation.IsValidLabelName(name):
			return fmt.Errorf("grouping label has invalid name: %s", name) // client_golang's words
		case strings.HasPrefix(name, "__"):
			return fmt.Errorf("grouping label %q: %w", name, errInternalLabel)
		case !utf8.ValidString(value):
			return fmt.Errorf("grouping label %s %q: want valid UTF-8", name, value)
		case name == "job" && value != p.job:
			return fmt.Errorf("grouping label job %q: New was given the job %q", value, p.job)
		case name == "job":
			return nil
		}
		p.grouping = withLabel(p.grouping, name, value)
		if p.recorder != nil {
			p.recorder.regroup(p.key(), p.reserved(p.key()))
		}
		return nil
	})
}

// key returns the grouping key with job. The caller holds mu.
func (p *Pusher) key() []Label { return append([]Label{{Name: "job", Value: p.job}}, p.grouping...) }

// withLabel returns key with a label more or replaced.
func withLabel(key []Label, name, value string) []Label {
	i, found := slices.BinarySearchFunc(key, name, func(l Label, n string) int { return strings.Compare(l.Name, n) })
	key = slices.Clone(key)
	if found {
		key[i].Value = value
		return key
	}
	return slices.Insert(key, i, Label{Name: name, Value: value})
}

// Client sets the HTTP client for the push API. The Pusher doesn't close it.
func (p *Pusher) Client(c HTTPDoer) *Pusher {
	return p.edit("Client", func() error {
		p.http.Client = c
		return nil
	})
}

// Header sets headers of each request to the push API. The Pusher reads header
// when it pushes and doesn't change it.
func (p *Pusher) Header(header http.Header) *Pusher {
	return p.edit("Header", func() error {
		p.http.Header = header
		return nil
	})
}

// BasicAuth sets the user and password of each request to the push API.
func (p *Pusher) BasicAuth(username, password string) *Pusher {
	return p.edit("BasicAuth", func() error {
		if p.tokenFile != "" {
			return errTwoLogins
		}
		p.http.Auth = url.UserPassword(username, password)
		return nil
	})
}

// Format sets the exposition format for the push API. The default is delimited protobuf.
func (p *Pusher) Format(format expfmt.Format) *Pusher {
	return p.edit("Format", func() error {
		if format.FormatType() == expfmt.TypeUnknown {
			return unknownFormat(format)
		}
		p.http.Format = format
		return nil
	})
}

// Push gathers all metrics and replaces the group by them. It returns the first
// error of New or any method that returns the Pusher, or why the push failed. It
// tries again for as long as WithTimeout says.
//
// The error of a collector that failed is returned too, after the others' metrics
// were pushed; see WithStrict.
func (p *Pusher) Push() error { return p.PushContext(context.Background()) }

// PushContext is Push that ends with ctx, at the latest.
func (p *Pusher) PushContext(ctx context.Context) error { return p.push(ctx, Replace) }

// Add is Push that replaces only the families it pushes and keeps the group's others.
func (p *Pusher) Add() error { return p.AddContext(context.Background()) }

// AddContext is Add that ends with ctx, at the latest.
func (p *Pusher) AddContext(ctx context.Context) error { return p.push(ctx, Merge) }

// Delete deletes the group. It returns as Push does.
func (p *Pusher) Delete() error { return p.DeleteContext(context.Background()) }

// DeleteContext is Delete that ends with ctx, at the latest.
func (p *Pusher) DeleteContext(ctx context.Context) error { return p.push(ctx, Delete) }
