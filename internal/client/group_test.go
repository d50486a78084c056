package client

import (
	"strings"
	"testing"
	"time"
)

// What is worst is said first, and nothing is ok that has failed or is late.
func TestStates(t *testing.T) {
	now := time.Unix(1_000_000, 0)
	for want, g := range map[string]Group{
		"ok": {LastPushSuccessful: true, Aggregate: "none"},
		"failed, overdue 40s, sum, until scraped, expires 1m": {
			LastPush: now.Add(-time.Minute), Overdue: true, Expect: 20, Aggregate: "delta", KeepUntilScraped: true, Expires: now.Add(time.Minute),
		},
		"failed, overdue 5s": {LastFailure: now.Add(-25 * time.Second), Overdue: true, Expect: 20, Aggregate: "none"},
		"ok, expires 0s":     {LastPushSuccessful: true, Aggregate: "none", Expires: now.Add(-time.Hour)},
	} {
		if got := strings.Join(g.States(now), ", "); got != want {
			t.Errorf("%+v: %q, want %q", g, got, want)
		}
	}
}

// Durations, sizes and counts fit in a column, whatever they are.
func TestFigures(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{Span(-time.Second), "0s"}, {Span(999 * time.Millisecond), "0s"}, {Span(59 * time.Second), "59s"},
		{Span(time.Minute), "1m"}, {Span(3*time.Hour + 4*time.Second), "3h"}, {Span(3*time.Hour + 4*time.Minute), "3h4m"},
		{Span(49*time.Hour + time.Minute), "2d1h"}, {Span(1000 * day), "1000d"},
		{Size(0), "0 B"}, {Size(999), "999 B"}, {Size(1500), "1.5 kB"}, {Size(123456), "123 kB"}, {Size(4e15), "4000 TB"},
		{Count(0.25), "0.2"}, {Count(12), "12"}, {Count(12_345), "12.3k"}, {Count(5e6), "5M"}, {Count(2e9), "2G"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}

// A key names its labels as selectors do, the job first, and any value fits in a path.
func TestKey(t *testing.T) {
	k := Key{"job": "a/b", "zone": `"eu"`, "instance": "", "x.y": "1"}
	if got := k.String(); !strings.HasPrefix(got, `{job="a/b",instance=""`) || !strings.Contains(got, `"x.y"="1"`) {
		t.Error(got)
	}
	if got, want := k.path(), "job@base64/YS9i/instance@base64/=/x.y@base64/MQ/zone@base64/ImV1Ig"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
