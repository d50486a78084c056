package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"

	"github.com/headgate/headgate/internal/client"
	"github.com/headgate/headgate/push"
)

// pushed is the command's answer.
type pushed struct {
	Labels   client.Key    `json:"labels"`
	Outcome  string        `json:"outcome"` // pushed, repeated, checked or spooled
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
	p, w, err := c.pusher(source, push.WithLogger(slog.New(slog.DiscardHandler)), push.WithHook(h.hear), push.WithCloseTimeout(time.Millisecond))
	if err != nil {
		return err
	}
	if c.Replace {
		err = p.PushContext(ctx)
	} else {
		err = p.AddContext(ctx)
	}
	waits := c.Spool != "" && errors.Is(err, push.ErrWaiting)
	err = errors.Join(err, p.Close(ctx))
	_, lost := errors.AsType[*push.LostError](err) // where the spool can't be written
	done.Warnings = append(done.Warnings, h.heard()...)
	switch {
	case waits && !lost:
		done.Outcome = "spooled"
		c.note(notes, "%v; it is kept in %s, and the next push with --spool %[2]s sends it", c.explain(h.cause(err)), c.Spool)
		return nil
	case waits:
		return hint(c.explain(h.cause(err)), "the spool %s can't be written either, so nothing is kept", c.Spool)
	case err != nil:
		return c.explain(err)
	case c.DryRun:
		done.Outcome = "checked"
	case w.repeats():
		done.Outcome = "repeated"
	}
	return w.check(c.Aggregate)
}
