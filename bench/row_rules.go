package main

import (
	"context"
	_ "embed"
	"fmt"

	"github.com/headgate/headgate/internal/load"
)

// rulesConfig is a configuration with every kind of rule: 20 relabel rules, a
// vocabulary of 10 terms, limits with overrides, lifetimes and lint.
//
//go:embed rules.yml
var rulesConfig string

// plainConfig turns off what is on without a configuration.
const plainConfig = "lint:\n  enabled: false\n"

// rulesRow measures what rules cost a push: the same gateway twice, with all of
// them and without any.
func rulesRow(ctx context.Context, b *bench) ([]line, error) {
	l := line{
		What:     fmt.Sprintf("push, %d samples, all rules on", load.SeriesPerGroup),
		PeerName: "gateway without rules",
		Budget:   &budget{AtLeast: 0.7},
	}
	if b.gateway == "" {
		l.judge()
		return []line{l}, nil
	}
	ours, err := b.startFewWith(ctx, rulesConfig)
	if err != nil {
		return nil, err
	}
	defer ours.kill()
	peer, err := b.startFewWith(ctx, plainConfig)
	if err != nil {
		return nil, err
	}
	defer peer.kill()
	us := b.pushSide(ours, b.fewGroups, load.Text(load.SeriesPerGroup))
	if l, err = b.comparePushes(ctx, l, us, b.pushSide(peer, b.fewGroups, load.Text(load.SeriesPerGroup))); err != nil {
		return nil, err
	}
	if b.profiles("rules") {
		err = b.profileGateway(ctx, ours, us.measure)
	}
	return []line{l}, err
}

// rulesResidentRow measures whether a push costs more when many groups are
// resident and all rules are on, as resident-groups does without them.
func rulesResidentRow(ctx context.Context, b *bench) ([]line, error) {
	l := line{
		What:     fmt.Sprintf("push, %d resident groups, all rules on", b.manyGroups),
		PeerName: fmt.Sprintf("gateway of %d groups", b.fewGroups),
		Budget:   &budget{AtLeast: 0.85},
	}
	if b.gateway == "" {
		l.judge()
		return []line{l}, nil
	}
	few, err := b.startFewWith(ctx, rulesConfig)
	if err != nil {
		return nil, err
	}
	defer few.kill()
	many, err := b.startWith(ctx, rulesConfig)
	if err != nil {
		return nil, err
	}
	defer many.kill()
	if _, err := b.fill(ctx, many); err != nil {
		return nil, err
	}
	us := b.pushSide(many, b.manyGroups, load.Text(load.SeriesPerGroup))
	if l, err = b.comparePushes(ctx, l, us, b.pushSide(few, b.fewGroups, load.Text(load.SeriesPerGroup))); err != nil {
		return nil, err
	}
	if b.profiles("rules-resident") {
		err = b.profileGateway(ctx, many, us.measure)
	}
	return []line{l}, err
}

// startFewWith is startFew with a configuration.
func (b *bench) startFewWith(ctx context.Context, config string) (*process, error) {
	p, err := b.startWith(ctx, config)
	if err != nil {
		return nil, err
	}
	_, err = b.pushOnce(p.addr, b.fewGroups).Run(ctx)
	return p, err
}

// startWith starts a gateway with a configuration on a folder of its own.
func (b *bench) startWith(ctx context.Context, config string) (*process, error) {
	return b.startConfigured(ctx, fmt.Sprintf("configured-%d", len(b.children)), config)
}
