package runs

import (
	"strings"
	"testing"
	"time"

	"github.com/headgate/headgate/internal/schedule"
)

var today = time.Unix(1_732_800_000, 0)

// What the client sends is read as it was meant, its times to the microsecond.
func TestParseHeader(t *testing.T) {
	const start = "id=3f2a-B_&event=start&start=1732790000.123&host=db1"
	const end = "id=3f2a-B_&event=end&start=1732790000.123&end=1732790042.5&outcome=failure&code=-3&host=db1" +
		"&schedule=15+3+*+*+*&timezone=Europe%2FBerlin&expect=26h&max=1h30m&attempts=2&colour=blue"
	began := Event{ID: "3f2a-B_", Host: "db1", Start: 1_732_790_000_123_000_000}
	ended := began
	ended.End, ended.Outcome, ended.Code, ended.HasCode, ended.Attempts = 1_732_790_042_500_000_000, Failure, -3, true, 2
	ended.Plan = Plan{"15 3 * * *", "Europe/Berlin", 26 * time.Hour, 90 * time.Minute}
	for value, want := range map[string]Event{start: began, end: ended} {
		got, err := ParseHeader(value, new(schedule.Cache), today)
		if err != nil || *got != want {
			t.Errorf("%s:\ngot  %+v, %v\nwant %+v", value, got, err, want)
		}
	}
}

// What is malformed is refused, with the offending thing quoted and what would be right.
func TestParseHeaderRefuses(t *testing.T) {
	const start, end = "id=x&event=start&start=1732790000", "id=x&event=end&start=1732790000&end=1732790001&outcome=success"
	for value, says := range map[string]string{
		"":                                     `id="": want 1 to 64`,
		"id=a%20b&event=start&start=173":       `id="a b"`,
		"id=" + strings.Repeat("x", 65) + "&":  "1 to 64",
		"id=x&start=1732790000":                `event="": want one of start, end`,
		"id=x&event=stop&start=1732790000":     `event="stop"`,
		"id=x&event=start":                     `start=""`,
		"id=x&event=start&start=1732790000123": `start="1732790000123": want Unix seconds such as 1732800000.25`,
		"id=x&event=start&start=NaN":           `start="NaN"`,
		"id=x&event=start&start=1732803601":    "an hour ahead",
		start + "&id=y":                        `id="y": want it once`,
		start + "&host=%ff":                    "host=",
		start + "&host=a%0ab":                  `host="a\nb"`,
		start + "&schedule=61+*+*+*+*":         `schedule "61 * * * *"`,
		start + "&schedule=@daily&timezone=X":  `time zone "X"`,
		start + "&max=soon":                    `max="soon": want a duration`,
		start + "&expect=0s":                   `expect="0s"`,
		start + ";x":                           "percent-encoded",
		end + "&end=1":                         `end="1": want it once`,
		strings.ReplaceAll(end, "001", "abc"):  `end="1732790abc"`,
		strings.ReplaceAll(end, "0001", "000"): `end="173279000"`,
		"id=x&event=end&start=1732790001&end=1732790000&outcome=success": "at or after start",
		strings.ReplaceAll(end, "success", "fine"):                       `outcome="fine": want one of success, failure, timeout, killed, skipped`,
		strings.ReplaceAll(end, "success", "running"):                    `outcome="running"`,
		end + "&code=1.5":                               `code="1.5"`,
		end + "&code=9999999999":                        `code="9999999999"`,
		end + "&attempts=0":                             `attempts="0"`,
		start + "&x=" + strings.Repeat("y", mostHeader): "4096 allowed",
	} {
		if e, err := ParseHeader(value, new(schedule.Cache), today); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: got %+v, %v, want %q", value, e, err, says)
		}
	}
}

// No header makes the parser fail in another way, and what it accepts keeps to its bounds.
func FuzzParseHeader(f *testing.F) {
	f.Add("id=x&event=start&start=1732790000.5&host=db1&max=1h")
	f.Add("id=x&event=end&start=1732790000&end=1732790001&outcome=killed&code=137&schedule=@daily&timezone=UTC&expect=1d&attempts=3")
	f.Fuzz(func(t *testing.T, value string) {
		e, err := ParseHeader(value, new(schedule.Cache), today)
		if err != nil {
			if len(err.Error()) > 4*mostHeader {
				t.Fatalf("an error of %d bytes", len(err.Error()))
			}
			return
		}
		if e.ID == "" || len(e.ID) > mostID || len(e.Host) > mostHost || e.Outcome >= Outcomes ||
			e.Start <= 0 || (e.End != 0) != (e.Outcome != Running) || e.End != 0 && e.End < e.Start || e.Plan.Max < 0 {
			t.Fatalf("%q makes %+v", value, e)
		}
	})
}
