package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/headgate/headgate/internal/load"
)

// fullServer is a server that holds the large state, with what was noted when
// it had just been loaded and Scraped once plain and once with gzip.
type fullServer struct {
	*process
	loadRate    float64 // pushes per second while it was loaded
	gzipSeconds float64 // of the first scrape
	gzipBytes   int64
	plainBytes  int64
	memory      memoryUse
}

// fullGateway returns the gateway with manyGroups, loading it if no row did
// before, or nil if only peers are measured.
func (b *bench) fullGateway(ctx context.Context) (*fullServer, error) {
	if b.gateway == "" || b.full != nil {
		return b.full, nil
	}
	p, err := b.startFull(ctx)
	if err != nil {
		return nil, err
	}
	b.full, err = b.fill(ctx, p)
	return b.full, err
}

// fullConfig lets one job have the large state, which is more than one may by default.
const fullConfig = "limits:\n  job_series: none\n"

// startFull starts the gateway with the large state, or what is to become it.
func (b *bench) startFull(ctx context.Context) (*process, error) {
	return b.startConfigured(ctx, fullFolder, fullConfig)
}

// fullFolder is the data folder of the gateway with the large state.
const fullFolder = "full"

// fullPushgateway returns a Pushgateway with the same state, or nil if there is
// none. With its checks on, loading would take longer than anybody waits: their
// cost grows with what is resident.
func (b *bench) fullPushgateway(ctx context.Context) (*fullServer, error) {
	if b.pushgateway == "" || b.noBigPeer || b.fullPG != nil {
		return b.fullPG, nil
	}
	p, err := b.startPushgateway(ctx, "--push.disable-consistency-check")
	if err != nil {
		return nil, err
	}
	b.fullPG, err = b.fill(ctx, p)
	return b.fullPG, err
}

// fill pushes every group of the large state once, through the push API, and
// checks that all of it is Scraped.
func (b *bench) fill(ctx context.Context, p *process) (*fullServer, error) {
	b.say("pushing %d groups to %s", b.manyGroups, p.name)
	f := &fullServer{process: p}
	res, err := b.pushOnce(p.addr, b.manyGroups).Run(ctx)
	if err != nil {
		return nil, err
	}
	f.loadRate = res.Rate
	plain, err := p.target().Scrape(ctx, load.Query{Accept: load.AcceptText}, io.Discard)
	if err != nil {
		return nil, err
	}
	zipped, err := p.target().Scrape(ctx, load.Query{Accept: load.AcceptText, Gzip: true}, io.Discard)
	if err != nil {
		return nil, err
	}
	f.plainBytes, f.gzipBytes, f.gzipSeconds = plain.Bytes, zipped.Bytes, zipped.Took.Seconds()
	if f.memory, err = readMemory(p.cmd.Process.Pid); err != nil {
		return nil, err
	}
	b.say("%s: %.0f pushes/s, first scrape %v plain (%d MB), %v gzip (%.1f MB)", p.name, f.loadRate,
		plain.Took.Round(time.Millisecond), plain.Bytes/1e6, zipped.Took.Round(time.Millisecond), float64(zipped.Bytes)/1e6)
	return f, b.checkFull(ctx, p)
}

// checkFull makes sure that the large state is served whole, so that no figure
// comes from a server that lost or refused a part of it.
func (b *bench) checkFull(ctx context.Context, p *process) error {
	want := b.manyGroups * (load.SeriesPerGroup + 2)
	for _, zipped := range []bool{false, true} {
		got, err := p.target().CountSeries(ctx, zipped)
		if err != nil {
			return err
		}
		if got != want {
			return fmt.Errorf("%s serves %d series of %d groups (gzip: %t), want %d", p.name, got, b.manyGroups, zipped, want)
		}
	}
	return nil
}

// pushOnce is the load that pushes each of so many groups once.
func (b *bench) pushOnce(addr string, groups int) *load.Loop {
	return &load.Loop{Target: load.Target{Addr: addr}, Connections: b.connections, Groups: groups, Pushes: groups, Body: load.Text(load.SeriesPerGroup)}
}
