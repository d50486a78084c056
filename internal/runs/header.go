package runs

import (
	"fmt"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/prometheus/common/model"

	"github.com/headgate/headgate/internal/schedule"
)

// The header's bounds, in bytes.
const (
	mostHeader = 4 << 10
	mostID     = 64
	mostHost   = 253 // of a name in the DNS
)

// How far from now a run may begin and end. Beyond it is a time in another unit, or of
// a clock so wrong that no other run would ever be the newest.
const (
	mostAhead = time.Hour
	mostPast  = 10 * 365 * 24 * time.Hour
)

const mostAttempts = 1_000_000

// ParseHeader reads the value of a Headgate-Run header: NAME=VALUE pairs, encoded and
// joined as in the query of a URL. Names that it doesn't know are of a newer client and
// ignored. The error quotes what is wrong and says what would be right.
func ParseHeader(value string, schedules *schedule.Cache, now time.Time) (*Event, error) {
	if len(value) > mostHeader {
		return nil, fmt.Errorf("%d bytes, %d allowed", len(value), mostHeader)
	}
	pairs, err := url.ParseQuery(value)
	if err != nil {
		return nil, fmt.Errorf("%q: %w; want NAME=VALUE pairs, percent-encoded and joined by &", shorten(value), err)
	}
	f := fields{pairs: pairs, now: now}
	e := &Event{ID: f.id(), Host: f.host()}
	ends := f.word("event", "start", "end") == 1
	e.Start = f.moment("start")
	if ends {
		f.end(e)
	}
	e.Plan = f.plan(schedules)
	if f.err != nil {
		return nil, f.err
	}
	return e, nil
}

// fields reads pairs; the first fault sticks.
type fields struct {
	pairs url.Values
	now   time.Time
	err   error
}

func (f *fields) fail(name, value, want string) {
	if f.err == nil {
		f.err = fmt.Errorf("%s=%q: want %s", name, shorten(value), want)
	}
}

func shorten(s string) string {
	const most = 100
	if len(s) > most {
		return s[:most] + "…"
	}
	return s
}

// text returns a value and whether there is one.
func (f *fields) text(name string) (string, bool) {
	values := f.pairs[name]
	if len(values) > 1 {
		f.fail(name, values[1], "it once")
	}
	if len(values) == 0 {
		return "", false
	}
	return values[0], true
}

func (f *fields) id() string {
	id, _ := f.text("id")
	other := func(c rune) bool {
		return (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '-' && c != '_'
	}
	if id == "" || len(id) > mostID || strings.ContainsFunc(id, other) {
		f.fail("id", id, fmt.Sprintf("1 to %d of a-z, A-Z, 0-9, - and _, another for each run", mostID))
	}
	return id
}

func (f *fields) host() string {
	host, _ := f.text("host")
	unprintable := func(c rune) bool { return c < ' ' || c == 0x7f }
	if len(host) > mostHost || !utf8.ValidString(host) || strings.ContainsFunc(host, unprintable) {
		f.fail("host", host, fmt.Sprintf("a host's name of at most %d bytes", mostHost))
	}
	return host
}

// word returns which of some words a value is.
func (f *fields) word(name string, words ...string) int {
	value, _ := f.text(name)
	i := slices.Index(words, value)
	if i < 0 {
		f.fail(name, value, "one of "+strings.Join(words, ", "))
	}
	return i
}

// moment reads Unix seconds with a fraction.
func (f *fields) moment(name string) int64 {
	value, _ := f.text(name)
	seconds, err := strconv.ParseFloat(value, 64)
	earliest, latest := f.now.Add(-mostPast), f.now.Add(mostAhead)
	if err != nil || !(seconds >= float64(earliest.Unix()) && seconds <= float64(latest.Unix())) {
		f.fail(name, value, fmt.Sprintf("Unix seconds such as %d.25, at most an hour ahead of the gateway's clock", f.now.Unix()))
		return 0
	}
	whole, fraction := math.Modf(seconds)
	return int64(whole)*int64(time.Second) + int64(math.Round(fraction*1e6))*int64(time.Microsecond)
}

// end reads what only an end says.
func (f *fields) end(e *Event) {
	e.End = f.moment("end")
	if e.End < e.Start {
		value, _ := f.text("end")
		f.fail("end", value, "a time at or after start")
	}
	e.Outcome = Success + Outcome(f.word("outcome", outcomeNames[Success:]...))
	if code, is := f.text("code"); is {
		n, err := strconv.ParseInt(code, 10, 32)
		if err != nil {
			f.fail("code", code, "an exit code, a whole number of 32 bits")
		}
		e.Code, e.HasCode = int32(n), true
	}
	if attempts, is := f.text("attempts"); is {
		n, err := strconv.ParseUint(attempts, 10, 32)
		if err != nil || n < 1 || n > mostAttempts {
			f.fail("attempts", attempts, fmt.Sprintf("a whole number from 1 to %d", mostAttempts))
		}
		e.Attempts = uint32(n)
	}
}

func (f *fields) plan(schedules *schedule.Cache) (p Plan) {
	p.Expect, p.Max = f.duration("expect"), f.duration("max")
	p.Schedule, _ = f.text("schedule")
	p.Timezone, _ = f.text("timezone")
	if p.Schedule == "" {
		p.Timezone = ""
		return p
	}
	if _, err := schedules.Parse(p.Schedule, p.Timezone); err != nil && f.err == nil {
		f.err = err
	}
	return p
}

func (f *fields) duration(name string) time.Duration {
	value, is := f.text(name)
	if !is {
		return 0
	}
	d, err := model.ParseDuration(value)
	if err != nil || d <= 0 {
		f.fail(name, value, "a duration with its unit, such as 90s, 26h or 1d12h, above 0")
	}
	return time.Duration(d)
}
