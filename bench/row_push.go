package main

import (
	"context"
	"fmt"

	"github.com/headgate/headgate/internal/load"
)

// pushRow measures pushes of 10 samples to a few resident groups, each answered
// after its fsync, against a handler that reads the same bodies and discards
// them. The line without fsync tells the disk's part from the processor's.
func pushRow(ctx context.Context, b *bench) ([]line, error) {
	discard, err := b.startPeer(ctx, "discard")
	if err != nil {
		return nil, err
	}
	defer discard.kill()
	proto, err := load.Proto(load.SeriesPerGroup)
	if err != nil {
		return nil, err
	}
	var lines []line
	for _, variant := range []struct {
		format string
		body   load.Body
		flags  []string
		budget *budget
	}{
		{"text", load.Text(load.SeriesPerGroup), nil, &budget{AtLeast: 0.6}},
		{"protobuf", proto, nil, nil},
		{"text, no fsync", load.Text(load.SeriesPerGroup), []string{"--journal.sync=never"}, nil},
	} {
		l := line{
			What:     fmt.Sprintf("push, %d samples, %d bytes of %s", load.SeriesPerGroup, variant.body.Len(), variant.format),
			PeerName: "discard handler",
			Budget:   variant.budget,
		}
		l, err := b.pushAgainst(ctx, l, discard, variant.body, variant.flags)
		if err != nil {
			return lines, err
		}
		lines = append(lines, l)
	}
	return lines, nil
}

// pushAgainst holds a fresh gateway with a few groups against a peer. The
// gateway is profiled if the line has a budget, as the others are for insight.
func (b *bench) pushAgainst(ctx context.Context, l line, peer *process, body load.Body, flags []string) (line, error) {
	them := b.pushSide(peer, b.fewGroups, body)
	if b.gateway == "" {
		return b.comparePushes(ctx, l, nil, them)
	}
	gateway, err := b.startFew(ctx, flags...)
	if err != nil {
		return l, err
	}
	defer gateway.kill()
	us := b.pushSide(gateway, b.fewGroups, body)
	if l, err = b.comparePushes(ctx, l, us, them); err != nil {
		return l, err
	}
	if l.Budget != nil && b.profiles("push") {
		err = b.profileGateway(ctx, gateway, us.measure)
	}
	return l, err
}

// startFew starts a gateway on a folder of its own and gives it fewGroups.
func (b *bench) startFew(ctx context.Context, flags ...string) (*process, error) {
	gateway, err := b.startGateway(ctx, fmt.Sprintf("few-%d", len(b.children)), flags...)
	if err != nil {
		return nil, err
	}
	_, err = b.pushOnce(gateway.addr, b.fewGroups).Run(ctx)
	return gateway, err
}
