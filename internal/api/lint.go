package api

import (
	"iter"
	"net/http"
	"strconv"
	"time"

	"github.com/headgate/headgate/internal/expo"
	"github.com/headgate/headgate/internal/lint"
	"github.com/headgate/headgate/push/labels"
)

// mostOrphans is how many groups that a changed grouping key left behind are listed.
const mostOrphans = 100

// listFindings answers GET /api/v1/lint: the groups that match[] selects and in
// which something is found, and the jobs whose grouping keys change.
func (a *API) listFindings(w http.ResponseWriter, r *http.Request) {
	keep, err := a.selection(r)
	if err != nil {
		jsonError(w, err)
		return
	}
	s := newStream(w)
	s.raw(`{"status":"success","data":{"groups":[`)
	for i, g := range a.Door.Linter().Groups(a.selected(keep)) {
		if i > 0 {
			s.raw(",")
		}
		s.raw(`{"labels":`)
		s.buf = appendJSONLabels(s.buf, g.Key)
		s.raw(`,"last_push":`)
		s.buf = appendJSONTime(s.buf, g.LastPush)
		s.raw(`,"findings":`)
		s.buf = appendJSONFindings(s.buf, g.Findings)
		s.raw("}")
		if !s.flush() {
			return
		}
	}
	s.raw(`],"drift":[`)
	for i, d := range a.drifts(keep) {
		if i > 0 {
			s.raw(",")
		}
		s.drift(&d)
	}
	s.raw("]}}")
	s.send()
}

func (s *stream) drift(d *lint.Drift) {
	s.raw(`{"job":`)
	s.buf = appendJSONString(s.buf, d.Job)
	s.raw(`,"finding":`)
	s.buf = appendJSONFinding(s.buf, &d.Finding)
	s.raw(`,"orphans":`)
	s.buf = strconv.AppendInt(s.buf, int64(d.Orphans), 10)
	s.raw(`,"examples":[`)
	for i, key := range d.Examples {
		if i > 0 {
			s.raw(",")
		}
		s.buf = appendJSONLabels(s.buf, key)
	}
	s.raw("]}")
}

// drifts are the jobs whose grouping keys change, as far as keep selects a group of theirs.
func (a *API) drifts(keep func([]expo.Label) bool) []lint.Drift {
	return a.Door.Linter().Drifts(a.selected(keep), mostOrphans)
}

// selected are the resident groups that keep selects, by encoded key.
func (a *API) selected(keep func([]expo.Label) bool) iter.Seq2[string, []expo.Label] {
	return func(yield func(string, []expo.Label) bool) {
		for key, labels := range a.Store.Keys() {
			if (keep == nil || keep(labels)) && !yield(key, labels) {
				return
			}
		}
	}
}

// findingsPage is the page at /lint.
type findingsPage struct {
	frame
	Query, QueryError string
	Groups            []foundRow
	Drifts            []driftRow
	Matched           int
}

type foundRow struct {
	groupRow
	LastPush time.Time
	Findings []labels.Finding
}

type driftRow struct {
	lint.Drift
	Groups []groupRow
}

// findings answers GET /lint: what would better be otherwise, group by group.
func (a *API) findings(w http.ResponseWriter, r *http.Request) {
	p := findingsPage{frame: a.frame("Findings"), Query: r.URL.Query().Get("q")}
	status := http.StatusOK
	keep, err := a.filter(p.Query)
	if err != nil {
		p.QueryError, status = err.Error(), http.StatusBadRequest
		keep = func([]expo.Label) bool { return false }
	}
	groups := a.Door.Linter().Groups(a.selected(keep))
	p.Matched = len(groups)
	for _, g := range groups[:min(len(groups), groupsPerPage)] {
		row := foundRow{LastPush: g.LastPush, Findings: g.Findings}
		row.Labels = jobFirst(g.Key)
		p.Groups = append(p.Groups, row)
	}
	for _, d := range a.drifts(keep) {
		row := driftRow{Drift: d}
		for _, key := range d.Examples[:min(len(d.Examples), mostExamples)] {
			var g groupRow
			g.Labels = jobFirst(key)
			row.Groups = append(row.Groups, g)
		}
		p.Drifts = append(p.Drifts, row)
	}
	a.render(w, status, "findings", p)
}

// mostExamples is how many orphaned groups the page shows of each job.
const mostExamples = 5

// jobFirst is a copy of labels, which are sorted by name, with the job in front.
func jobFirst(key []expo.Label) []expo.Label {
	out := make([]expo.Label, 0, len(key))
	for _, l := range key {
		if l.Name == "job" {
			out = append(out, l)
		}
	}
	for _, l := range key {
		if l.Name != "job" {
			out = append(out, l)
		}
	}
	return out
}
