// Package demo shows what a gateway is for: one in the same process on a temporary
// folder, invented jobs that push to it through the client library, and a proof that
// what many of them count adds up although their connections fail.
package demo

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"
)

// Options are what a Show may be told. The zero value is good.
type Options struct {
	// Listen is the gateway's address. "" means port 9091 of the loopback address, or
	// any free one if that is taken.
	Listen  string
	Workers int          // that count into one sum; default 48
	Seed    uint64       // of all that is random; 0 stands for 1
	Log     *slog.Logger // of the gateway and of what it refuses; default discards
}

// Show is a gateway and its jobs at work. Its methods may be called by several
// goroutines; End is called once.
type Show struct {
	stage   *stage
	actors  []*actor
	workers *workers
	began   time.Time

	stop   context.CancelFunc
	acting sync.WaitGroup
}

// Open starts a gateway and the jobs, which work until End.
func Open(ctx context.Context, o Options) (*Show, error) {
	if o.Workers == 0 {
		o.Workers = 48
	}
	o.Seed = max(o.Seed, 1)
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	stage, err := openStage(ctx, o.Listen, o.Log)
	if err != nil {
		return nil, err
	}
	s := &Show{stage: stage, began: time.Now()}
	ctx, s.stop = context.WithCancel(context.WithoutCancel(ctx))
	if s.workers, err = startWorkers(ctx, stage.url, o); err != nil {
		return nil, errors.Join(err, s.close())
	}
	for _, r := range cast {
		a := &actor{role: r, url: stage.url, log: o.Log}
		s.actors = append(s.actors, a)
		s.acting.Go(func() { a.act(ctx) })
	}
	return s, nil
}

// URL is where the gateway's page is.
func (s *Show) URL() string { return s.stage.url }

// End lets the workers deliver what they counted, compares that with the gateway's
// metrics, stops the gateway and removes its folder. An error is a failure of the demo
// itself: that a sum is wrong says Proof.
func (s *Show) End(ctx context.Context) (Proof, error) {
	lost := s.workers.close(ctx)
	proof, err := s.prove(ctx)
	if lost != nil {
		proof.Lost = lost.Error()
	}
	return proof, errors.Join(err, s.close())
}

func (s *Show) close() error {
	s.stop()
	s.acting.Wait()
	return s.stage.close()
}
