package main

import (
	"context"
	"fmt"

	"github.com/headgate/headgate/internal/load"
)

// fewSeries is how many series the small sum has.
const fewSeries = 100

// aggregateConfig lets one sum have more series than a group may by default.
const aggregateConfig = "limits:\n  metric_series: none\n  group_series: none\n  job_series: none\n"

// aggregateRow measures whether adding to one series of a sum costs more when the
// family has many: the same gateway twice. Pushes go round all the series that there are.
func aggregateRow(ctx context.Context, b *bench) ([]line, error) {
	l := line{
		What:     fmt.Sprintf("cost of adding to one of %d summed series", b.manyGroups),
		PeerName: fmt.Sprintf("to one of %d", fewSeries),
		Budget:   &budget{AtMost: 1.3},
		inverse:  true, // rates are measured, and the budget is about the cost
	}
	if b.gateway == "" {
		l.judge()
		return []line{l}, nil
	}
	many, err := b.startSum(ctx, b.manyGroups)
	if err != nil {
		return nil, err
	}
	defer many.kill()
	few, err := b.startSum(ctx, fewSeries)
	if err != nil {
		return nil, err
	}
	defer few.kill()
	us := b.pushSide(many, b.manyGroups, load.Increment())
	if l, err = b.comparePushes(ctx, l, us, b.pushSide(few, fewSeries, load.Increment())); err != nil {
		return nil, err
	}
	if b.profiles("aggregate") {
		err = b.profileGateway(ctx, many, us.measure)
	}
	return []line{l}, err
}

// startSum starts a gateway with a sum of so many series.
func (b *bench) startSum(ctx context.Context, series int) (*process, error) {
	p, err := b.startWith(ctx, aggregateConfig)
	if err != nil {
		return nil, err
	}
	l := b.pushOnce(p.addr, series)
	l.Body = load.Increment()
	_, err = l.Run(ctx)
	return p, err
}
