package schedule

import (
	"strings"
	"testing"
	"time"
)

func parsed(t testing.TB, spec, zone string) *Schedule {
	t.Helper()
	s, err := Parse(spec, zone)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func at(t testing.TB, s string) time.Time {
	t.Helper()
	moment, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return moment
}

// A job is due at each of its wall clock times once, also on the days on which
// clocks are put forward or back.
func TestNext(t *testing.T) {
	for _, c := range []struct {
		name, spec, zone, after string
		want                    string // the next ones
	}{
		{"daily", "15 3 * * *", "Europe/Berlin", "2026-07-01T00:00:00Z", "2026-07-01T03:15:00+02:00 2026-07-02T03:15:00+02:00"},
		{"no zone is UTC", "@daily", "", "2026-07-01T00:00:00Z", "2026-07-02T00:00:00Z"},
		{"a moment itself is not after it", "@hourly", "", "2026-07-01T05:00:00Z", "2026-07-01T06:00:00Z"},
		{"either day will do, as in crontab", "0 0 13 * 5", "", "2026-02-01T00:00:00Z", "2026-02-06T00:00:00Z 2026-02-13T00:00:00Z"},
		{"a leap day", "0 0 29 2 *", "", "2026-02-01T00:00:00Z", "2028-02-29T00:00:00Z"},
		{"an hour that is left out", "30 2 * * *", "Europe/Berlin", "2026-03-28T12:00:00Z", "2026-03-30T02:30:00+02:00"},
		{"around the hour that is left out", "0 * * * *", "Europe/Berlin", "2026-03-29T00:30:00Z", "2026-03-29T03:00:00+02:00 2026-03-29T04:00:00+02:00"},
		{"an hour that comes twice", "30 2 * * *", "Europe/Berlin", "2026-10-24T12:00:00Z", "2026-10-25T02:30:00+02:00 2026-10-26T02:30:00+01:00"},
		{"from within the hour that comes twice", "30 2 * * *", "Europe/Berlin", "2026-10-25T01:10:00Z", "2026-10-26T02:30:00+01:00"},
		{"half an hour that comes twice", "45 1 * * *", "Australia/Lord_Howe", "2026-04-04T12:00:00Z", "2026-04-05T01:45:00+11:00 2026-04-06T01:45:00+10:30"},
		{"midnight is left out", "0 0 * * *", "America/Sao_Paulo", "2018-11-03T12:00:00Z", "2018-11-05T00:00:00-02:00"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, after := parsed(t, c.spec, c.zone), at(t, c.after)
			for _, want := range strings.Fields(c.want) {
				if after = s.Next(after); !after.Equal(at(t, want)) {
					t.Fatalf("got %s, want %s", after.Format(time.RFC3339), want)
				}
			}
		})
	}
}

// The run that was due may start somewhat late, and in an hour that comes twice at
// either time, but never be taken for that of another time.
func TestWindow(t *testing.T) {
	for _, c := range []struct{ name, spec, zone, due, from, to string }{
		{"daily", "15 3 * * *", "", "2026-07-01T03:15:00Z", "2026-07-01T03:14:00Z", "2026-07-01T03:25:00Z"},
		{"each minute", "* * * * *", "", "2026-07-01T03:15:00Z", "2026-07-01T03:14:30Z", "2026-07-01T03:15:30Z"},
		{"twice", "30 2 * * *", "Europe/Berlin", "2026-10-25T00:30:00Z", "2026-10-25T00:29:00Z", "2026-10-25T01:40:00Z"},
	} {
		t.Run(c.name, func(t *testing.T) {
			from, to := parsed(t, c.spec, c.zone).Window(at(t, c.due))
			if !from.Equal(at(t, c.from)) || !to.Equal(at(t, c.to)) {
				t.Errorf("got %s to %s, want %s to %s", from.UTC(), to.UTC(), c.from, c.to)
			}
		})
	}
}

// What is no schedule is refused with the offending thing.
func TestParseRefuses(t *testing.T) {
	for _, c := range []struct{ spec, zone, says string }{
		{"", "", `schedule "": 0 fields: want five`},
		{"* * * *", "", "4 fields"},
		{"0 * * * * *", "", "6 fields"},
		{"61 * * * *", "", "61"},
		{"* * * * mondayish", "", "mondayish"},
		{"@every 1h", "", "expect"},
		{"@reboot", "", "@reboot"},
		{"TZ=UTC 0 0 * * *", "", "6 fields"},
		{"TZ= 0 0 * *", "", "TZ"},
		{"0 0 30 2 *", "", "no such day"},
		{strings.Repeat("1", 200), "", "200 bytes, 128 allowed"},
		{"@daily", "Europe/Atlantis", `time zone "Europe/Atlantis"`},
		{"@daily", "Local", `time zone "Local"`},
		{"@daily", "../../etc/passwd", "time zone"},
	} {
		if _, err := Parse(c.spec, c.zone); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("Parse(%q, %q): %v, want %q", c.spec, c.zone, err, c.says)
		}
	}
}

// Whatever is accepted goes on for ever, forwards, and a job that is due now may start now.
func FuzzSchedule(f *testing.F) {
	f.Add("15 3 * * *", "Europe/Berlin", int64(1774746000))
	f.Add("*/7 0-5,22 1 */2 sun", "America/New_York", int64(1793000000))
	f.Add("@weekly", "Asia/Kathmandu", int64(0))
	f.Fuzz(func(t *testing.T, spec, zone string, from int64) {
		s, err := Parse(spec, zone)
		if err != nil {
			return
		}
		after := time.Unix(from%(1<<32), 0)
		for range 5 {
			due := s.Next(after)
			if due.IsZero() || !due.After(after) {
				t.Fatalf("after %s comes %s", after, due)
			}
			if begin, end := s.Window(due); begin.After(due) || end.Before(due) {
				t.Fatalf("%s isn't between %s and %s", due, begin, end)
			}
			after = due
		}
	})
}
