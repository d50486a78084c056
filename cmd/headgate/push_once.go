package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"

	"github.com/headgate/headgate/internal/client"
	"github.com/headgate/headgate/push"
)

// pushed is the command's answer.
type pushed struct {
	Labels   client.Key    `json:"labels"`
	Outcome  string        `json:"outcome"` // pushed, checked, spooled
	Families int           `json:"families"`
	Series   int           `json:"series"`
	Warnings []pushWarning `json:"warnings"`
}

type pushWarning struct {
	Rule    string `json:"rule"`
	Message string `json:"message"`
}

// pushOnce pushes what there is now.
func (c *pushCmd) pushOnce(ctx context.Context, s *streams) error {
	name, text, err := c.text(s.in)
	if err != nil {
		return err
	}
	all, err := families(name, text)
	if err != nil {
		return hint(err, "nothing was pushed")
	}
	if len(all) == 0 {
		return hint(fmt.Errorf("%s: no metrics in it", name), "nothing was pushed; headgate delete removes a group")
	}
	key, err := c.key()
	if err != nil {
		return err
	}
	if err := clash(name, all, key); err != nil {
		return hint(err, "nothing was pushed")
	}
	done := &pushed{Labels: key, Outcome: "pushed", Families: len(all), Warnings: []pushWarning{}}
	for _, f := range all {
		done.Series += len(f.Metric)
	}
	if err := c.send(ctx, all, done, s.err); err != nil {
		return err
	}
	return c.print(s.out, done, func(w io.Writer) error {
		_, err := fmt.Fprintln(w, done)
		return err
	})
}

// String is the answer in one line.
func (p *pushed) String() string {
	return fmt.Sprintf("%s: %s in %s, %s", p.Outcome, plural(p.Series, "series", "series"), plural(p.Families, "family", "families"), p.Labels)
}

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}

// send pushes families and notes in done what became of them.
func (c *pushCmd) send(ctx context.Context, all []*dto.MetricFamily, done *pushed, notes io.Writer) error {
	h := &hearer{c: c, notes: notes}
	source := prometheus.GathererFunc(func() ([]*dto.MetricFamily, error) { return all, nil })
	// Only what couldn't be sent is left to do at Close, and that has been tried.
	p, err := c.pusher(source, push.WithLogger(slog.New(slog.DiscardHandler)), push.WithHook(h.hear), push.WithCloseTimeout(time.Millisecond))
	if err != nil {
		return err
	}
	if c.Replace {
		err = p.PushContext(ctx)
	} else {
		err = p.AddContext(ctx)
	}
	spooled := c.Spool != "" && errors.Is(err, push.ErrWaiting)
	err = errors.Join(err, p.Close(ctx))
	done.Warnings = append(done.Warnings, h.heard()...)
	switch {
	case spooled:
		done.Outcome = "spooled"
		c.note(notes, "%v; it is kept in %s, and the next push with --spool %[2]s sends it", c.explain(h.cause(err)), c.Spool)
		return nil
	case err != nil:
		return c.explain(err)
	case c.DryRun:
		done.Outcome = "checked"
	}
	return nil
}

// pusher makes a Pusher of the command's flags.
func (c *pushCmd) pusher(source prometheus.Gatherer, opts ...push.Option) (*push.Pusher, error) {
	sender, err := c.client()
	if err != nil {
		return nil, err
	}
	opts = append(opts, push.WithTimeout(c.Timeout))
	if c.Spool != "" {
		opts = append(opts, push.WithSpool(c.Spool))
	}
	if c.TTL > 0 {
		opts = append(opts, push.WithTTL(time.Duration(c.TTL)))
	}
	if c.Expect > 0 {
		opts = append(opts, push.WithExpect(time.Duration(c.Expect)))
	}
	if c.KeepUntilScraped {
		opts = append(opts, push.WithKeepUntilScraped())
	}
	p := push.New(c.URL, c.Job, opts...).Client(sender).Header(c.header()).Gatherer(source)
	key, err := c.key()
	for name, value := range key {
		p.Grouping(name, value)
	}
	return p, errors.Join(err, p.Error())
}

// header has the options that the library has no other way to ask for.
func (c *pushCmd) header() http.Header {
	h := http.Header{}
	key := c.IdempotencyKey
	if c.Aggregate == "delta" && !c.once() {
		key = rand.Text() // lest an attempt whose answer got lost counts twice
	}
	for name, value := range map[string]string{
		"Headgate-Aggregate": c.Aggregate,
		"Headgate-Pusher":    c.Pusher,
		"Headgate-Producer":  c.Producer,
		"Idempotency-Key":    key,
	} {
		if value != "" {
			h.Set(name, value)
		}
	}
	if c.Sequence > 0 {
		h.Set("Headgate-Sequence", strconv.FormatUint(c.Sequence, 10))
	}
	if c.DryRun {
		h.Set("Headgate-Dry-Run", "1")
	}
	return h
}

// explain puts the library's error in the words of the other commands.
func (c *pushCmd) explain(err error) error {
	e, ok := errors.AsType[*push.SendError](err)
	switch {
	case ok && e.StatusCode > 0:
		said := cmp.Or(firstLine([]byte(e.Body)), http.StatusText(e.StatusCode))
		return fmt.Errorf("the gateway answered %d: %s", e.StatusCode, strings.TrimSpace(said))
	case ok, errors.Is(err, context.DeadlineExceeded):
		return c.unreachable(err)
	}
	return err
}

// hearer hears of attempts, from several goroutines.
type hearer struct {
	c        *pushCmd
	notes    io.Writer
	mu       sync.Mutex
	warnings []pushWarning
	last     error // why the last attempt failed
	told     bool
}

func (h *hearer) hear(ev push.Event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if ev.State == push.Retrying {
		h.last = ev.Err
		if !h.told {
			h.c.note(h.notes, "%v; trying again for up to %s", h.c.explain(ev.Err), h.c.Timeout)
		}
		h.told = true
		return
	}
	for _, w := range ev.Warnings {
		h.warnings = append(h.warnings, pushWarning(w))
		h.c.note(h.notes, "warning: %s", strings.TrimPrefix(w.Rule+": "+w.Message, ": "))
	}
}

func (h *hearer) heard() []pushWarning {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.warnings
}

// cause is why the last attempt failed, or err if that isn't known.
func (h *hearer) cause(err error) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	return cmp.Or(h.last, err)
}
