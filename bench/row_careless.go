package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/headgate/headgate/internal/load"
)

// The jobs of the careless row. Nine keep their pace throughout; the tenth starts
// to push to a new group each time, as one does that has a pod's name or a random
// number in its grouping key.
const (
	carefulJobs   = 9
	carefulGroups = 10                   // of each of the nine
	carefulEvery  = 5 * time.Millisecond // from one push to the next, of the nine together

	carelessSeries      = 10_000 // new ones a second
	carelessEvery       = time.Second * load.SeriesPerGroup / carelessSeries
	carelessConnections = 8
)

// carelessRow measures what nine jobs feel when a tenth pushes ten thousand new
// series a second until it is at its limit, and goes on pushing. It fails if any
// push of the nine is refused, or none of the tenth.
func carelessRow(ctx context.Context, b *bench) ([]line, error) {
	l := line{
		What:     fmt.Sprintf("99th percentile of %d jobs beside a careless one", carefulJobs),
		Unit:     seconds,
		PeerName: "before it was careless",
		Budget:   &budget{AtMost: 2},
	}
	if b.gateway == "" {
		l.judge()
		return []line{l}, nil
	}
	c := &carelessness{bench: b, length: max(2*b.duration, time.Second)}
	l, err := l.compare(ctx, b.rounds, c.during, c.before)
	if err != nil {
		return nil, err
	}
	l.Note = fmt.Sprintf("p50 %v, %v before; refused: %d of %d pushes of the nine, %d of %d of the tenth",
		round(c.busy.quantile(0.5)), round(c.quiet.quantile(0.5)), c.busy.refused+c.quiet.refused,
		len(c.busy.took)+len(c.quiet.took), c.careless.refused, len(c.careless.took))
	return []line{l}, nil
}

// carelessness is the rounds of the careless row, each on a gateway of its own.
type carelessness struct {
	*bench
	length      time.Duration // of either part of a round
	quiet, busy pacedResult   // of the last round
	careless    pacedResult
}

func (c *carelessness) during(ctx context.Context) (float64, error) {
	if err := c.round(ctx); err != nil {
		return 0, err
	}
	if n := c.quiet.refused + c.busy.refused; n > 0 {
		return 0, fmt.Errorf("%d pushes of the %d careful jobs were refused, want none", n, carefulJobs)
	}
	if c.careless.refused == 0 {
		return 0, fmt.Errorf("none of the careless job's %d pushes was refused, want it to reach its limit", len(c.careless.took))
	}
	return c.busy.quantile(0.99).Seconds(), nil
}

// before is the same of the nine in that round while the tenth was quiet.
func (c *carelessness) before(context.Context) (float64, error) {
	return c.quiet.quantile(0.99).Seconds(), nil
}

// round starts a gateway on which the careless job reaches its limit after half of
// its time.
func (c *carelessness) round(ctx context.Context) error {
	most := int(carelessSeries * c.length.Seconds() / 2)
	gateway, err := c.startWith(ctx, fmt.Sprintf("limits:\n  job_series: %d\n", most))
	if err != nil {
		return err
	}
	defer gateway.kill()
	warmUp := c.careful(gateway, time.Now(), c.length/5)
	if _, err := warmUp.run(ctx); err != nil {
		return err
	}
	if c.quiet, err = c.careful(gateway, time.Now(), c.length).run(ctx); err != nil {
		return err
	}
	careful := c.careful(gateway, time.Now(), c.length)
	careless := pacedLoad{
		addr: gateway.addr, jobs: []string{"careless"}, groups: 1_000_000, body: load.Text(load.SeriesPerGroup),
		connections: carelessConnections, every: carelessEvery, begin: careful.begin, duration: c.length,
	}
	var wg sync.WaitGroup
	var carelessErr error
	wg.Go(func() { c.careless, carelessErr = careless.run(ctx) })
	c.busy, err = careful.run(ctx)
	wg.Wait()
	return errors.Join(err, carelessErr)
}

// careful is the load of the nine, each over a connection of its own.
func (c *carelessness) careful(gateway *process, begin time.Time, length time.Duration) *pacedLoad {
	jobs := make([]string, carefulJobs)
	for i := range jobs {
		jobs[i] = fmt.Sprintf("careful-%d", i)
	}
	return &pacedLoad{
		addr: gateway.addr, jobs: jobs, groups: carefulGroups, body: load.Text(load.SeriesPerGroup),
		connections: carefulJobs, every: carefulEvery, begin: begin, duration: length,
	}
}
