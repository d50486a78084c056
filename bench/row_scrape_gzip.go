package main

import (
	"context"
	"fmt"

	"github.com/headgate/headgate/internal/load"
)

// What a Pushgateway 1.11 needed for the large state on two cores, for runs that
// spare themselves the loading. Lines that use them are marked.
const (
	recordedScrape = 8.5  // seconds
	recordedMemory = 2260 // MB
)

// gzipText is what Prometheus asks for.
var gzipText = load.Query{Accept: load.AcceptText, Gzip: true}

// scrapeGzipRow measures gzip scrapes with nothing pushed in between, against
// a Pushgateway with the same groups.
func scrapeGzipRow(ctx context.Context, b *bench) ([]line, error) {
	l := line{
		What:    fmt.Sprintf("scrape of %d series, gzip", b.manySeries()),
		Unit:    seconds,
		Budget:  &budget{AtLeast: 100},
		inverse: true,
	}
	full, err := b.fullGateway(ctx)
	if err != nil {
		return nil, err
	}
	peer, err := b.bigPeerScrape(ctx, &l)
	if err != nil {
		return nil, err
	}
	if full == nil {
		l, err = l.compare(ctx, b.rounds, nil, peer)
		return []line{l}, err
	}
	ours := b.scrapes(full.process, gzipText)
	if l, err = l.compare(ctx, b.rounds, ours, peer); err != nil {
		return nil, err
	}
	l.Note = fmt.Sprintf("%.1f MB; first after the load %s", float64(full.gzipBytes)/1e6, seconds.figure(full.gzipSeconds))
	if b.profiles("scrape-gzip") {
		err = b.profileGateway(ctx, full.process, ours)
	}
	return []line{l}, err
}

// bigPeerScrape names the peer in the line and measures one gzip scrape of the
// large Pushgateway; with -no-big-peer it is the recorded figure, and nil
// without any Pushgateway.
func (b *bench) bigPeerScrape(ctx context.Context, l *line) (measure, error) {
	if b.noBigPeer {
		l.PeerName = "Pushgateway (recorded)"
		return recorded(recordedScrape), nil
	}
	full, err := b.fullPushgateway(ctx)
	if err != nil {
		return nil, err
	}
	if full == nil {
		l.PeerName = noPushgateway
		return nil, nil
	}
	l.PeerName = "Pushgateway"
	return func(ctx context.Context) (float64, error) { return full.target().MeanScrape(ctx, gzipText, 1) }, nil
}
