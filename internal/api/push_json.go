package api

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/headgate/headgate/internal/access"
	"github.com/headgate/headgate/internal/expo"
	"github.com/headgate/headgate/internal/ingest"
)

// mostAhead is how far a client's clock may be ahead of ours. A timestamp beyond
// it is one in another unit, or of a broken clock that would win over all others.
const mostAhead = time.Hour

// servePushJSON answers POST /api/v1/push: the samples that the body lists become
// what their group shows of their metrics. Other metrics of the group stay.
func (a *API) servePushJSON(w http.ResponseWriter, r *http.Request) {
	start := time.Now()
	err := a.pushJSON(w, r)
	if err != nil {
		jsonError(w, err)
		a.refused(r, err)
	}
	a.Telemetry.answered(methodPost, reasonOf(err), time.Since(start))
}

func (a *API) pushJSON(w http.ResponseWriter, r *http.Request) error {
	options, err := a.readOptions(r)
	if err != nil {
		return err
	}
	o, err := a.jsonOptions(r)
	if err != nil {
		return err
	}
	b := a.bodies.get()
	defer a.bodies.put(b)
	data, err := a.readBody(w, r, b, nil) // whose it is, the body says
	if err != nil {
		return err
	}
	b.push = ingest.Push{JSON: o, Body: data, Wish: options.wish, DryRun: options.dryRun, Sum: options.sum, Once: options.once, Run: options.run, Taken: options.taken, From: addressOf(r), Groups: a.grantOf(r).Scope(access.Push)}
	err = a.Door.Push(r.Context(), &b.push)
	a.tellBody(r, b, err)
	a.warn(w, r, &b.push)
	a.summed(w, &b.push)
	if err != nil {
		return err
	}
	a.Telemetry.superseded.Add(float64(b.push.Superseded))
	writePushed(w, &b.push)
	return nil
}

// jsonOptions reads from the URL what the body leaves open: job, the job of entries
// without one, and grouping, the names of the labels that make the grouping key.
func (a *API) jsonOptions(r *http.Request) (*expo.JSONOptions, error) {
	o := &expo.JSONOptions{Latest: time.Now().Add(mostAhead).UnixMilli()}
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, refuse(badOption, "query %q: %v; want NAME=VALUE pairs, percent-encoded and joined by &", r.URL.RawQuery, err)
	}
	jobs := query["job"]
	switch {
	case len(jobs) > 1:
		return nil, badKey("parameter job is given %d times: want one job", len(jobs))
	case len(jobs) == 1 && jobs[0] == "":
		return nil, badKey("parameter job is empty: want the name of a job")
	case len(jobs) == 1 && !utf8.ValidString(jobs[0]):
		return nil, badKey("parameter job=%q %w: percent-encode the UTF-8 bytes of the name", jobs[0], errNotUTF8)
	case len(jobs) == 1:
		o.Job = jobs[0]
	}
	if lists, ok := query["grouping"]; ok {
		o.Grouping, err = a.groupingNames(strings.Split(strings.Join(lists, ","), ","))
	}
	return o, err
}

// groupingNames checks names of labels. job is one of them, whether named or not.
func (a *API) groupingNames(names []string) ([]string, error) {
	if len(names) > maxGroupingLabels {
		return nil, badKey("parameter grouping has %d names, %d allowed", len(names), maxGroupingLabels)
	}
	wanted := []string{}
	for _, name := range names {
		if name == "" || name == "job" {
			continue
		}
		plain, err := a.keys.labelName(name)
		if err != nil {
			return nil, err
		}
		wanted = append(wanted, plain)
	}
	slices.Sort(wanted)
	return slices.Compact(wanted), nil
}

// writePushed says what became of a push, above all which group it went to.
func writePushed(w http.ResponseWriter, p *ingest.Push) {
	b := append([]byte(nil), `{"status":"success","data":{"group":`...)
	b = appendJSONLabels(b, p.Labels)
	b = append(b, `,"samples":`...)
	b = strconv.AppendInt(b, int64(p.Entries), 10)
	b = append(b, `,"superseded":`...)
	b = strconv.AppendInt(b, int64(p.Superseded), 10)
	if len(p.Findings) > 0 {
		b = appendJSONFindings(append(b, `,"findings":`...), p.Findings)
	}
	b = append(b, "}}"...)
	w.Header().Set("Content-Type", "application/json")
	w.Write(b)
}
