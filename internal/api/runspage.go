package api

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/headgate/headgate/internal/expo"
)

// jobsPerPage keeps a page small however many jobs there are.
const jobsPerPage = 50

// runsPage is the page at /runs.
type runsPage struct {
	frame
	Query, QueryError    string
	Jobs                 []jobRow
	Matched, Page, Pages int
	Prev, Next           string
}

// jobRow is a job as the page shows it.
type jobRow struct {
	jobRuns
	Strip strip
}

// Succeeded is when a run last ended in success.
func (j jobRow) Succeeded() time.Time { return timeAt(j.LastSuccess) }

// MissedRuns and OverlappingRuns are the job's counts.
func (j jobRow) MissedRuns() int      { return int(j.Missed) }
func (j jobRow) OverlappingRuns() int { return int(j.Overlapping) }

// Due says when the next run is due.
func (j jobRow) Due() string {
	if d := j.Next.Sub(j.now); d < time.Second {
		return "due " + ago(-d)
	}
	return "in " + until(j.Next.Sub(j.now))
}

// Badges are what somebody should look at.
func (j jobRow) Badges() (badges []string) {
	if j.Last != nil && j.Last.Outcome.Failed() {
		badges = append(badges, "✕ "+j.Last.Outcome.String())
	}
	if j.Status.Stuck > 0 {
		badges = append(badges, "⏱ stuck")
	}
	if j.Late {
		badges = append(badges, "⏱ late")
	}
	return badges
}

func (a *API) runsPage(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	p := runsPage{frame: a.frame("Runs"), Query: strings.TrimSpace(q.Get("q"))}
	status := http.StatusOK
	keep, err := a.filter(p.Query)
	if err != nil {
		p.QueryError, status = err.Error(), http.StatusBadRequest
		keep = func([]expo.Label) bool { return false }
	}
	p.cut(a.jobsRuns(keep), q.Get("page"))
	a.render(w, status, "runs", p)
}

// cut fills p with the asked page of jobs; a number out of range gets the nearest.
func (p *runsPage) cut(jobs []jobRuns, asked string) {
	n, _ := strconv.Atoi(asked)
	p.Matched = len(jobs)
	p.Pages = max(1, (len(jobs)+jobsPerPage-1)/jobsPerPage)
	p.Page = min(max(n, 1), p.Pages)
	from := (p.Page - 1) * jobsPerPage
	for i := range jobs[from:min(from+jobsPerPage, len(jobs))] {
		j := &jobs[from+i]
		p.Jobs = append(p.Jobs, jobRow{*j, newStrip(j)})
	}
	if p.Page > 1 {
		p.Prev = p.link(p.Page - 1)
	}
	if p.Page < p.Pages {
		p.Next = p.link(p.Page + 1)
	}
}

func (p *runsPage) link(page int) string {
	v := url.Values{"page": {strconv.Itoa(page)}}
	if p.Query != "" {
		v.Set("q", p.Query)
	}
	return p.Base + "/runs?" + v.Encode()
}
