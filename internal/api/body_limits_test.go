package api

import (
	"strings"
	"testing"

	"github.com/prometheus/prometheus/model/labels"

	"github.com/headgate/headgate/internal/limit"
)

func bodyRules(sent, decoded int64) (r limit.Rules) {
	r.Set.Max[limit.BodyBytes], r.Set.Max[limit.DecodedBodyBytes] = sent, decoded
	return r
}

// A job may have larger bodies than the others, as sent and decompressed.
func TestBodyLimitsOfOneJob(t *testing.T) {
	g := newGateway(t, nil)
	rules := bodyRules(100, 200)
	large := limit.Override{Match: []*labels.Matcher{labels.MustNewMatcher(labels.MatchEqual, "job", "large")}}
	large.Max[limit.BodyBytes], large.Max[limit.DecodedBodyBytes] = 2000, 4000
	rules.Overrides = []limit.Override{large}
	g.SetLimits(rules, 0)
	body := "# HELP m " + strings.Repeat("x", 1000) + "\nm 1\n"
	want(t, g.do("PUT", "/metrics/job/large/instance/i", body), 200)
	want(t, g.do("PUT", "/metrics/job/other", body), 413, "limit-body-bytes", "100 allowed")
	want(t, g.do("PUT", "/metrics/job/large", compressed(t, "gzip", body), "Content-Encoding", "gzip"), 200)
	want(t, g.do("PUT", "/metrics/job/other", compressed(t, "gzip", body), "Content-Encoding", "gzip"), 413, "limit-decoded-body-bytes", "200 allowed")
	if c := g.Door.Counts(); c.Refused[limit.BodyBytes] != 1 || c.Refused[limit.DecodedBodyBytes] != 1 {
		t.Errorf("refused: %v", c.Refused)
	}
	peaks := map[limit.ID]int64{}
	for id, n := range g.Door.Peaks() {
		peaks[id] = n
	}
	if n := int64(len(body)); peaks[limit.BodyBytes] != n || peaks[limit.DecodedBodyBytes] != n {
		t.Errorf("peaks %v, want %d bytes for both", peaks, n)
	}
}

// A limit that is a dry run refuses nothing: it is counted, and told to the pusher. What
// doesn't fit into memory with all others is refused all the same.
func TestBodyLimitsRunDry(t *testing.T) {
	g := newGateway(t, nil)
	rules := bodyRules(100, 200)
	rules.Set.DryRun[limit.BodyBytes], rules.Set.DryRun[limit.DecodedBodyBytes] = true, true
	g.SetLimits(rules, 32<<20)
	body := "# HELP m " + strings.Repeat("x", 1000) + "\nm 1\n"
	w := g.do("PUT", "/metrics/job/j", body)
	want(t, w, 200)
	wantHeader(t, w, warningHeader, "limit-body-bytes: would be refused if the limit were no dry run: the body has 1014 bytes, 100 allowed; push fewer")
	w = g.do("PUT", "/metrics/job/j", compressed(t, "gzip", body), "Content-Encoding", "gzip")
	want(t, w, 200)
	wantHeader(t, w, warningHeader, "limit-decoded-body-bytes: would be refused if the limit were no dry run: the body decompresses to 1014 bytes, 200 allowed")
	want(t, g.do("PUT", "/metrics/job/j?dry_run=1", body), 200)
	want(t, g.do("PUT", "/metrics/job/j", strings.Repeat("x", 64<<20)), 413, "limit-body-bytes")
	c := g.Door.Counts()
	if c.DryRun[limit.BodyBytes] != 1 || c.DryRun[limit.DecodedBodyBytes] != 1 || c.Refused[limit.BodyBytes] != 1 {
		t.Errorf("dry runs %v, refused %v", c.DryRun, c.Refused)
	}
}
