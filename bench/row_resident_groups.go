package main

import (
	"context"
	"fmt"

	"github.com/headgate/headgate/internal/load"
)

// residentGroupsRow measures whether a push costs more when many groups are
// resident: the same gateway twice, with many and with few. In the first line
// the pushes go round all the groups that are resident, which also leaves the
// processor's caches; in the second round the same few on both sides.
func residentGroupsRow(ctx context.Context, b *bench) ([]line, error) {
	name := fmt.Sprintf("gateway of %d groups", b.fewGroups)
	first := line{
		What:     fmt.Sprintf("push, %d resident groups, to all in turn", b.manyGroups),
		PeerName: name,
		Budget:   &budget{AtLeast: 0.85},
	}
	second := line{What: fmt.Sprintf("push, %d resident groups, to %d of them", b.manyGroups, b.fewGroups), PeerName: name}
	many, err := b.fullGateway(ctx)
	if err != nil {
		return nil, err
	}
	if many == nil {
		first.judge()
		return []line{first}, nil
	}
	few, err := b.startFew(ctx)
	if err != nil {
		return nil, err
	}
	defer few.kill()
	peer := b.pushSide(few, b.fewGroups, load.Text(load.SeriesPerGroup))
	all := b.pushSide(many.process, b.manyGroups, load.Text(load.SeriesPerGroup))
	if first, err = b.comparePushes(ctx, first, all, peer); err != nil {
		return nil, err
	}
	if b.profiles("resident-groups") {
		if err := b.profileGateway(ctx, many.process, all.measure); err != nil {
			return nil, err
		}
	}
	second, err = b.comparePushes(ctx, second, b.pushSide(many.process, b.fewGroups, load.Text(load.SeriesPerGroup)), peer)
	return []line{first, second}, err
}
