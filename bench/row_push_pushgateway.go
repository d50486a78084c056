package main

import (
	"context"
	"fmt"

	"github.com/headgate/headgate/internal/load"
)

// pushPushgatewayRow measures pushes against a Pushgateway with its consistency
// checks on, as it is by default and as the gateway always is.
func pushPushgatewayRow(ctx context.Context, b *bench) ([]line, error) {
	l := line{
		What:     fmt.Sprintf("push, %d groups of %d, checks on", b.fewGroups, load.SeriesPerGroup),
		PeerName: "Pushgateway",
		Budget:   &budget{AtLeast: 100},
	}
	var us, them *pushSide
	if b.gateway != "" {
		gateway, err := b.startFew(ctx)
		if err != nil {
			return nil, err
		}
		defer gateway.kill()
		us = b.pushSide(gateway, b.fewGroups, load.Text(load.SeriesPerGroup))
	}
	if b.pushgateway == "" {
		l.PeerName = noPushgateway
	} else {
		peer, err := b.startPushgateway(ctx)
		if err != nil {
			return nil, err
		}
		defer peer.kill()
		b.say("pushing %d groups to %s, checks on", b.fewGroups, peer.name)
		if _, err := b.pushOnce(peer.addr, b.fewGroups).Run(ctx); err != nil {
			return nil, err
		}
		them = b.pushSide(peer, b.fewGroups, load.Text(load.SeriesPerGroup))
	}
	l, err := b.comparePushes(ctx, l, us, them)
	return []line{l}, err
}

// noPushgateway stands in the peer's column where none was found.
const noPushgateway = "no Pushgateway found"
