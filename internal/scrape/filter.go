package scrape

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/prometheus/prometheus/promql/parser"

	"github.com/headgate/headgate/internal/expo"
)

// maxShards bounds the n of shard=i/n.
const maxShards = 1024

// filter is which series a scrape wants.
type filter struct {
	selectors     []selector // none: all series; else those that any of them selects
	shard, shards int        // shards is 0 without sharding
}

// parseFilter reads the match[] and shard parameters. Others are ignored.
func parseFilter(query url.Values) (*filter, error) {
	f := new(filter)
	p := parser.NewParser(parser.Options{})
	for _, s := range query["match[]"] {
		matchers, err := p.ParseMetricSelector(s)
		if err != nil {
			return nil, fmt.Errorf(`match[]=%q: %w; want a series selector as {job="x"}`, s, err)
		}
		f.selectors = append(f.selectors, newSelector(matchers))
	}
	for _, s := range query["shard"] {
		i, n, ok := parseShard(s)
		if !ok {
			return nil, fmt.Errorf("shard=%q: want i/n as 2/8, where 1 ≤ i ≤ n ≤ %d", s, maxShards)
		}
		if f.shards != 0 && (f.shard != i || f.shards != n) {
			return nil, fmt.Errorf("shard=%q: one shard was asked for already, %d/%d", s, f.shard, f.shards)
		}
		f.shard, f.shards = i, n
	}
	return f, nil
}

func parseShard(s string) (i, n int, ok bool) {
	index, count, _ := strings.Cut(s, "/")
	i, err1 := strconv.Atoi(index)
	n, err2 := strconv.Atoi(count)
	return i, n, err1 == nil && err2 == nil && 1 <= i && i <= n && n <= maxShards
}

// all says that nothing is left out.
func (f *filter) all() bool { return len(f.selectors) == 0 && f.shards <= 1 }

// mayKeep is false for a block of which no series is wanted, as far as its owner tells.
func (f *filter) mayKeep(blk *Block) bool {
	return Part{f}.MayShow(blk.Owner)
}

// apply takes the metrics out of fam that are not wanted.
func (f *filter) apply(fam *expo.Family) {
	if len(f.selectors) == 0 {
		return
	}
	kept := fam.Metrics[:0]
	for _, m := range fam.Metrics {
		if slices.ContainsFunc(f.selectors, func(s selector) bool { return s.matches(fam, &m) }) {
			kept = append(kept, m)
		}
	}
	fam.Metrics = kept
}
