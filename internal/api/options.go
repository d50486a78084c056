package api

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/prometheus/common/model"

	"github.com/headgate/headgate/internal/ingest"
	"github.com/headgate/headgate/internal/runs"
	"github.com/headgate/headgate/internal/store"
)

// The options of a push, each a query parameter or a header. The headers are
// spelt as net/http keeps them.
const (
	ttlParam, ttlHeader             = "ttl", "Headgate-Ttl"
	expectParam, expectHeader       = "expect", "Headgate-Expect"
	keepParam, keepHeader           = "keep", "Headgate-Keep"
	dryRunParam, dryRunHeader       = "dry_run", "Headgate-Dry-Run"
	aggregateParam, aggregateHeader = "aggregate", "Headgate-Aggregate"
	pusherParam, pusherHeader       = "pusher", "Headgate-Pusher"
	ageParam, ageHeader             = "age", "Headgate-Age"

	producerHeader = "Headgate-Producer"
	sequenceHeader = "Headgate-Sequence"
	epochHeader    = "Headgate-Epoch"
	firstHeader    = "Headgate-First-Attempt"
	keyHeader      = "Idempotency-Key"
	runHeader      = "Headgate-Run"

	duplicateHeader = "Headgate-Duplicate"

	keepUntilScraped = "until-scraped"
)

// options are what a push asks for beside what is in its path and body.
type options struct {
	wish   ingest.Wish
	dryRun bool
	sum    ingest.SumWish
	once   store.Once
	run    *runs.Event // nil if there is none
	taken  int64       // nanoseconds since the epoch, 0 if it doesn't say
}

// readOptions reads the options of a push. Parameters that it doesn't know are ignored, as
// Pushgateway does; an unknown value of a known one is refused.
func (a *API) readOptions(r *http.Request) (o options, err error) {
	from, err := askedBy(r)
	if err != nil {
		return o, err
	}
	if o.sum, err = from.sum(); err != nil {
		return o, err
	}
	if o.once, err = from.once(&o.sum); err != nil {
		return o, err
	}
	if o.taken, err = from.taken(time.Now()); err != nil {
		return o, err
	}
	if o.wish.TTL, err = from.duration(ttlParam, ttlHeader); err != nil {
		return o, err
	}
	if o.wish.Expect, err = from.duration(expectParam, expectHeader); err != nil {
		return o, err
	}
	if o.wish.KeepUntilScraped, err = from.keep(); err != nil {
		return o, err
	}
	if o.run, err = a.run(r.Header); err != nil {
		return o, err
	}
	o.dryRun, err = from.dryRun()
	return o, err
}

// run reads what a push tells of a job's run.
func (a *API) run(h http.Header) (*runs.Event, error) {
	values := h[runHeader]
	if len(values) == 0 {
		return nil, nil
	}
	if len(values) > 1 {
		return nil, refuse(badOption, "header %s is there %d times: want one", runHeader, len(values))
	}
	e, err := runs.ParseHeader(values[0], a.Schedules, time.Now())
	if err != nil {
		return nil, refuse(badOption, "header %s: %w", runHeader, err)
	}
	return e, nil
}

// isDryRun reads the one option that a delete has.
func isDryRun(r *http.Request) (bool, error) {
	from, err := askedBy(r)
	if err != nil {
		return false, err
	}
	return from.dryRun()
}

// asked is where a request may say an option.
type asked struct {
	query  url.Values
	header http.Header
}

// askedBy refuses a query that can't be read if there may be an option in it.
func askedBy(r *http.Request) (asked, error) {
	if r.URL.RawQuery == "" {
		return asked{nil, r.Header}, nil
	}
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		for name, want := range wanted {
			if strings.Contains(r.URL.RawQuery, name+"=") {
				return asked{}, refuse(badOption, "query %q: %v; want %s=%s, joined to others by &", brief(r.URL.RawQuery), err, name, want)
			}
		}
	}
	return asked{query, r.Header}, nil
}

// wanted are the values that options have, for messages.
var wanted = map[string]string{
	ttlParam: aDuration, expectParam: aDuration, keepParam: keepUntilScraped, dryRunParam: "1 or 0", aggregateParam: "delta or cumulative", pusherParam: "a name", ageParam: aDuration,
}

const aDuration = "a duration with its unit, such as 90s, 36h or 1d12h"

// option returns an option's value and how it was spelt. One that is given twice
// must be given the same.
func (a asked) option(param, header string) (value, spelt string, err error) {
	values, more := a.query[param], a.header[header]
	switch {
	case len(values)+len(more) == 0:
		return "", "", nil // as in nearly every push
	case len(values) == 0:
		values, spelt = more, "header "+header+": "
	default:
		values, spelt = append(values[:len(values):len(values)], more...), param+"="
	}
	for _, v := range values[1:] {
		if v != values[0] {
			return "", "", refuse(badOption, "%s is both %q and %q: say it once", param, brief(values[0]), brief(v))
		}
	}
	if values[0] == "" {
		return "", "", refuse(badOption, "%s has no value: want %s", strings.TrimRight(spelt, "=: "), wanted[param])
	}
	return values[0], spelt, nil
}

func (a asked) duration(param, header string) (time.Duration, error) {
	value, spelt, err := a.option(param, header)
	if value == "" || err != nil {
		return 0, err
	}
	d, err := model.ParseDuration(value)
	if err != nil || d <= 0 {
		return 0, refuse(badOption, "%s%s: want %s, above 0", spelt, brief(value), aDuration)
	}
	return time.Duration(d), nil
}

// taken is when a push's values were taken, by our clock: the client's may be wrong.
func (a asked) taken(now time.Time) (int64, error) {
	age, err := a.duration(ageParam, ageHeader)
	if age == 0 || err != nil {
		return 0, err
	}
	return max(1, now.Add(-age).UnixNano()), nil
}

func (a asked) keep() (bool, error) {
	value, spelt, err := a.option(keepParam, keepHeader)
	if value == "" || value == keepUntilScraped || err != nil {
		return value != "", err
	}
	return false, refuse(badOption, "%s%s: want %s", spelt, brief(value), keepUntilScraped)
}

func (a asked) dryRun() (bool, error) {
	value, spelt, err := a.option(dryRunParam, dryRunHeader)
	if err != nil {
		return false, err
	}
	return readFlag(spelt, value)
}

func readFlag(spelt, value string) (bool, error) {
	switch value {
	case "", "0", "false":
		return false, nil
	case "1", "true":
		return true, nil
	}
	return false, refuse(badOption, "%s%s: want 1 or 0", spelt, brief(value))
}
