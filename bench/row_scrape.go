package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/headgate/headgate/internal/load"
)

// scrapeRow measures scrapes of the large state with nothing pushed in between,
// against a handler that writes the same bytes from one slice.
func scrapeRow(ctx context.Context, b *bench) ([]line, error) {
	var lines []line
	for _, variant := range []struct {
		format, accept string
		budget         *budget
	}{
		{"text", load.AcceptText, &budget{AtMost: 2.5}},
		{"OpenMetrics", load.AcceptOpenMetrics, nil},
	} {
		l := line{
			What:     fmt.Sprintf("scrape of %d series, plain %s", b.manySeries(), variant.format),
			Unit:     seconds,
			PeerName: "slice handler",
			Budget:   variant.budget,
		}
		l, err := b.scrapeAgainstSlice(ctx, l, variant.accept)
		if err != nil {
			return lines, err
		}
		lines = append(lines, l)
	}
	return lines, nil
}

// manySeries is the number of series of the large state, with the two that the
// gateway adds to each group.
func (b *bench) manySeries() int { return b.manyGroups * (load.SeriesPerGroup + 2) }

func (b *bench) scrapeAgainstSlice(ctx context.Context, l line, accept string) (line, error) {
	full, err := b.fullGateway(ctx)
	if err != nil {
		return l, err
	}
	if full == nil {
		l.judge()
		return l, nil
	}
	query := load.Query{Accept: accept}
	peer, size, err := b.startSlice(ctx, full.addr, query)
	if err != nil {
		return l, err
	}
	defer peer.kill()
	ours := b.scrapes(full.process, query)
	if l, err = l.compare(ctx, b.rounds, ours, b.scrapes(peer, query)); err != nil {
		return l, err
	}
	l.Note = fmt.Sprintf("%s MB", significant(float64(size)/1e6))
	if l.Budget != nil && b.profiles("scrape") {
		err = b.profileGateway(ctx, full.process, ours)
	}
	return l, err
}

// scrapes measures scrapes of a server that are too fast to be measured once.
func (b *bench) scrapes(p *process, q load.Query) measure {
	return func(ctx context.Context) (float64, error) { return p.target().MeanScrape(ctx, q, b.options.scrapes) }
}

// startSlice starts a handler that serves what a scrape of addr returns now.
func (b *bench) startSlice(ctx context.Context, addr string, q load.Query) (*process, int64, error) {
	path := filepath.Join(b.work, fmt.Sprintf("slice-%d", len(b.children)))
	file, err := os.Create(path)
	if err != nil {
		return nil, 0, err
	}
	got, err := (&load.Target{Addr: addr}).Scrape(ctx, q, file)
	if err != nil {
		_ = file.Close() // the first error says it
		return nil, 0, err
	}
	if err := file.Close(); err != nil {
		return nil, 0, err
	}
	p, err := b.startPeer(ctx, "slice", "-file", path, "-content-type", got.ContentType)
	return p, got.Bytes, err
}
