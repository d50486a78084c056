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
