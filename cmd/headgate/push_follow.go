package main

import (
	"context"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"

	"github.com/headgate/headgate/internal/client"
	"github.com/headgate/headgate/push"
)

// watchEvery is how often --watch looks at the file. Looking works where being told does
// not: on network disks, in containers' mounts, and for files that are replaced.
const watchEvery = 500 * time.Millisecond

// follow pushes a file again and again until ctx ends, with --watch at those looks at
// which it has changed. Trouble on the way is logged; only what can't be mended by
// waiting ends it.
func (c *pushCmd) follow(ctx context.Context, log io.Writer, looks <-chan time.Time) error {
	name := c.Metrics[0]
	key, err := c.key()
	if err != nil {
		return err
	}
	source := func() ([]*dto.MetricFamily, error) { return readFamilies(name, key) }
	w := watch{name: name}
	w.rested()
	if _, err := source(); err != nil {
		return hint(err, "nothing was pushed")
	}
	p, _, err := c.pusher(prometheus.GathererFunc(source), c.following(log)...)
	if err != nil {
		return err
	}
	if err := p.Start(ctx); err != nil {
		return err
	}
	c.note(log, "pushing %s to %s until told to end", name, key)
	for c.Watch && next(ctx, looks) {
		if w.rested() {
			c.flush(ctx, p, log)
		}
	}
	<-ctx.Done()
	return c.explain(p.Close(context.Background()))
}

// following are the options of a Pusher that stays.
func (c *pushCmd) following(log io.Writer) []push.Option {
	opts := []push.Option{
		push.WithInterval(c.Every), push.WithCloseTimeout(c.Timeout), push.WithStrict(), push.WithLogger(slog.New(slog.NewTextHandler(log, nil))),
	}
	if !c.Replace {
		opts = append(opts, push.WithMerge())
	}
	if c.DeleteOnExit {
		opts = append(opts, push.WithDeleteOnClose())
	}
	return opts
}

// flush pushes at once. What fails for want of an answer goes on being tried.
func (c *pushCmd) flush(ctx context.Context, p *push.Pusher, log io.Writer) {
	ctx, cancel := context.WithTimeout(ctx, c.Timeout)
	defer cancel()
	if err := p.Flush(ctx); err != nil && ctx.Err() == nil {
		c.note(log, "%v", c.explain(err))
	}
}

// next waits for a tick. It reports false once ctx has ended.
func next(ctx context.Context, ticks <-chan time.Time) bool {
	select {
	case <-ticks:
		return true
	case <-ctx.Done():
		return false
	}
}

func readFamilies(name string, key client.Key) ([]*dto.MetricFamily, error) {
	text, err := readFile(name)
	if err != nil {
		return nil, err
	}
	if err := bounded(name, text); err != nil {
		return nil, err
	}
	all, err := families(name, text)
	if err != nil {
		return nil, err
	}
	return all, clash(name, all, key)
}

// watch tells when a file has changed.
type watch struct {
	name          string
	seen, settled fs.FileInfo // at the last look; when it was last said to have changed
}

// rested is whether the file has changed since rested was last true, and not since the
// look before: what is still being written is left alone. The first look tells nothing.
func (w *watch) rested() bool {
	now, err := os.Stat(w.name)
	if err != nil {
		return false // being replaced
	}
	if w.seen == nil {
		w.seen, w.settled = now, now
	}
	still := same(now, w.seen)
	w.seen = now
	if !still || same(now, w.settled) {
		return false
	}
	w.settled = now
	return true
}

func same(a, b fs.FileInfo) bool {
	return os.SameFile(a, b) && a.Size() == b.Size() && a.ModTime().Equal(b.ModTime())
}
