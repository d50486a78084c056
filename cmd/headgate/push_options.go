package main

import (
	"crypto/rand"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/headgate/headgate/push"
)

// pusher makes a Pusher of the command's flags, and what sends for it.
func (c *pushCmd) pusher(source prometheus.Gatherer, opts ...push.Option) (*push.Pusher, *witness, error) {
	client, err := c.client()
	if err != nil {
		return nil, nil, err
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
	w := &witness{client: client}
	p := push.New(c.URL, c.Job, opts...).Client(w).Header(c.header()).Gatherer(source)
	key, err := c.key()
	for name, value := range key {
		p.Grouping(name, value)
	}
	return p, w, errors.Join(err, p.Error())
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
