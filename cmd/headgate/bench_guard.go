package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
)

// mayRun protects gateways that others count on: a benchmark takes all of one.
func (b *benchmark) mayRun(ctx context.Context) error {
	u, err := url.Parse(b.URL)
	if err != nil {
		return err
	}
	if b.Yes {
		return nil
	}
	if !isLoopback(u.Hostname()) {
		return &failure{fmt.Errorf("%s is on another machine: a benchmark slows it down for all who use it", u.Redacted()), "--yes runs it all the same", exitUsage}
	}
	b.say("looking at the gateway")
	groups, err := b.target.CountGroups(ctx)
	b.done()
	if _, ok := errors.AsType[*net.OpError](err); ok {
		return b.unreachable(err)
	}
	switch {
	case err != nil:
		return err
	case groups > 0:
		return hint(fmt.Errorf("%s has %d groups of others: they would be slowed down, and be scraped with those of the benchmark", u.Redacted(), groups),
			"--yes runs it all the same; headgate demo or a gateway with an empty --data.dir has none")
	}
	return nil
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
