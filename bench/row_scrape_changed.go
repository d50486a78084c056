package main

import (
	"context"
	"fmt"
)

// scrapeChangedRow measures the gzip scrape that follows a push of every group:
// each page has to be rebuilt and compressed anew. Pushgateway is not pushed to
// in between, as it encodes everything for each scrape anyway. The line with a
// hundredth of the groups is the usual case.
func scrapeChangedRow(ctx context.Context, b *bench) ([]line, error) {
	l := line{
		What:    fmt.Sprintf("gzip, after all %d groups were pushed", b.manyGroups),
		Unit:    seconds,
		Budget:  &budget{AtLeast: 8},
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
		l.judge()
		return []line{l}, nil
	}
	all := b.scrapeAfterPush(full.process, b.manyGroups)
	if l, err = l.compare(ctx, b.rounds, all, peer); err != nil {
		return nil, err
	}
	few := line{What: fmt.Sprintf("gzip, after %d of them were pushed", b.manyGroups/100), Unit: seconds}
	if few, err = few.compare(ctx, b.rounds, b.scrapeAfterPush(full.process, b.manyGroups/100), nil); err != nil {
		return []line{l}, err
	}
	if b.profiles("scrape-changed") {
		err = b.profileGateway(ctx, full.process, all)
	}
	return []line{l, few}, err
}

// scrapeAfterPush pushes so many groups once and measures the scrape after it.
func (b *bench) scrapeAfterPush(p *process, groups int) measure {
	return func(ctx context.Context) (float64, error) {
		if _, err := b.pushOnce(p.addr, groups).Run(ctx); err != nil {
			return 0, err
		}
		return p.target().MeanScrape(ctx, gzipText, 1)
	}
}
