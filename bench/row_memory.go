package main

import (
	"context"
	"fmt"

	"github.com/headgate/headgate/internal/load"
)

// memoryRow reports the resident memory of the whole process with the large
// state, right after it was loaded and Scraped once plain and once with gzip.
func memoryRow(ctx context.Context, b *bench) ([]line, error) {
	resident := line{
		What:    fmt.Sprintf("resident memory, %d groups of %d", b.manyGroups, load.SeriesPerGroup),
		Unit:    megabytes,
		Budget:  &budget{AtMost: 450, Absolute: true},
		inverse: true,
	}
	peak := line{What: "its peak", Unit: megabytes, inverse: true}
	full, err := b.fullGateway(ctx)
	if err != nil {
		return nil, err
	}
	peer, err := b.bigPeerMemory(ctx, &resident)
	if err != nil {
		return nil, err
	}
	peak.PeerName = resident.PeerName
	ours := full.memoryUse()
	if resident, err = resident.compare(ctx, 1, ours.resident(), peer.resident()); err != nil {
		return nil, err
	}
	peak, err = peak.compare(ctx, 1, ours.peakUse(), peer.peakUse())
	return []line{resident, peak}, err
}

// memoryUse is what was noted after loading; nil if there is no such server.
func (f *fullServer) memoryUse() *memoryUse {
	if f == nil {
		return nil
	}
	return &f.memory
}

func (m *memoryUse) resident() measure {
	if m == nil {
		return nil
	}
	return recorded(m.now)
}

func (m *memoryUse) peakUse() measure {
	if m == nil || m.peak == 0 {
		return nil
	}
	return recorded(m.peak)
}

// bigPeerMemory names the peer in the line and returns its memory.
func (b *bench) bigPeerMemory(ctx context.Context, l *line) (*memoryUse, error) {
	if b.noBigPeer {
		l.PeerName = "Pushgateway (recorded)"
		return &memoryUse{now: recordedMemory}, nil
	}
	full, err := b.fullPushgateway(ctx)
	if err != nil {
		return nil, err
	}
	l.PeerName = "Pushgateway"
	if full == nil {
		l.PeerName = noPushgateway
	}
	return full.memoryUse(), nil
}
