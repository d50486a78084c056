package main

import (
	"context"
	"fmt"
	"time"

	"github.com/headgate/headgate/internal/load"
)

// pushSide is one server under the push load, with the rest of what its last
// measurement showed.
type pushSide struct {
	load.Loop
	server *process
	last   load.Result
	cpu    time.Duration // of the server, per push
}

// pushSide returns the load of the push rows: groups that are already resident
// are pushed again and again.
func (b *bench) pushSide(p *process, groups int, body load.Body) *pushSide {
	return &pushSide{server: p, Loop: load.Loop{
		Target: *p.target(), Connections: b.connections, Groups: groups, Body: body,
		Duration: b.duration, WarmUp: b.duration / 5,
	}}
}

// measure is the answered pushes per second.
func (s *pushSide) measure(ctx context.Context) (float64, error) {
	before, err := readCPU(s.server.cmd.Process.Pid)
	if err != nil {
		return 0, err
	}
	if s.last, err = s.Run(ctx); err != nil {
		return 0, err
	}
	after, err := readCPU(s.server.cmd.Process.Pid)
	if err != nil {
		return 0, err
	}
	s.cpu = (after - before) / time.Duration(s.last.Pushes)
	return s.last.Rate, nil
}

// String is the detail of the last measurement for a line's note.
func (s *pushSide) String() string {
	return fmt.Sprintf("p50 %v, p99 %v, %v CPU", round(s.last.Quantile(0.5)), round(s.last.Quantile(0.99)), s.cpu.Round(100*time.Nanosecond))
}

func round(d time.Duration) time.Duration {
	if d < 10*time.Millisecond {
		return d.Round(10 * time.Microsecond)
	}
	return d.Round(time.Millisecond)
}

// comparePushes completes a line with the rates of two servers. Without ours,
// only the peer is measured.
func (b *bench) comparePushes(ctx context.Context, l line, ours, peer *pushSide) (line, error) {
	var oursRate, peerRate measure
	if ours != nil {
		oursRate = ours.measure
	}
	if peer != nil {
		peerRate = peer.measure
	}
	l.Unit = perSecond
	l, err := l.compare(ctx, b.rounds, oursRate, peerRate)
	if err != nil {
		return l, err
	}
	switch {
	case ours != nil && peer != nil:
		l.Note = fmt.Sprintf("ours %v; peer %v", ours, peer)
	case ours != nil:
		l.Note = ours.String()
	case peer != nil:
		l.Note = "peer " + peer.String()
	}
	return l, nil
}
