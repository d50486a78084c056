package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/headgate/headgate/internal/load"
)

// benchmark is one call of the command.
type benchmark struct {
	*benchCmd
	target *load.Target
	*progress
}

func (b *benchmark) body() (load.Body, error) {
	if b.Body == "protobuf" {
		return load.Proto(b.Series)
	}
	return load.Text(b.Series), nil
}

func (b *benchmark) run(ctx context.Context) (*benchResult, error) {
	body, err := b.body()
	if err != nil {
		return nil, err
	}
	r := &benchResult{
		URL: b.shown(), Groups: b.Groups, Series: b.Series, Connections: b.Connections, Format: b.Body, BodyBytes: body.Len(),
	}
	b.say("pushing %d groups once", b.Groups)
	if err := b.once(ctx, body); err != nil {
		return nil, err
	}
	for n := range b.Count {
		round, err := b.round(ctx, body, n)
		if err != nil {
			return nil, err
		}
		r.Rounds = append(r.Rounds, round)
	}
	return r, nil
}

// once pushes to each group, or without a body deletes it.
func (b *benchmark) once(ctx context.Context, body load.Body) error {
	l := load.Loop{Target: *b.target, Connections: min(b.Connections, b.Groups), Groups: b.Groups, Pushes: b.Groups, Body: body, Timeout: b.Timeout}
	_, err := l.Run(ctx)
	return err
}

func (b *benchmark) round(ctx context.Context, body load.Body, n int) (round benchRound, err error) {
	l := load.Loop{Target: *b.target, Connections: b.Connections, Groups: b.Groups, Body: body, Pushes: b.Pushes, Timeout: b.Timeout, Lenient: true}
	if b.Pushes == 0 {
		l.Duration, l.WarmUp = b.For, b.For/5
	}
	b.say("measuring pushes, %d of %d", n+1, b.Count)
	res, err := l.Run(ctx)
	if err != nil {
		return round, err
	}
	round.Push = pushFigures(&res)
	b.say("measuring scrapes, %d of %d", n+1, b.Count)
	if round.Plain, err = b.scrapes(ctx, load.Query{Accept: load.AcceptText}); err != nil {
		return round, err
	}
	round.Gzip, err = b.scrapes(ctx, load.Query{Accept: load.AcceptText, Gzip: true})
	if errors.Is(err, load.ErrEncoding) {
		return round, nil // which is a figure, too
	}
	return round, err
}

func (b *benchmark) scrapes(ctx context.Context, q load.Query) (*scrapeFigure, error) {
	f := new(scrapeFigure)
	for range b.Scrapes {
		got, err := b.target.Scrape(ctx, q, io.Discard)
		if err != nil {
			return nil, err
		}
		f.Bytes = got.Bytes
		f.Seconds = append(f.Seconds, got.Took.Seconds())
	}
	return f, nil
}

// clearTimeout bounds the deletion of groups.
const clearTimeout = 5 * time.Minute

func (b *benchmark) clear(ctx context.Context) error {
	if b.Keep {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, clearTimeout)
	defer cancel()
	b.say("deleting %d groups", b.Groups)
	if err := b.once(ctx, load.Body{}); err != nil {
		return hint(fmt.Errorf("deleting the groups of job %q: %w", b.target.Job, err), "delete what is left of them yourself")
	}
	return nil
}
