package api

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/headgate/headgate/internal/expo"
	"github.com/headgate/headgate/internal/store"
)

// groupsPerPage keeps a page small however many groups there are.
const groupsPerPage = 200

//go:embed page.html.tmpl
var pageSource string

// frame is what every page has.
type frame struct {
	Title, Base, TelemetryPath, StyleVersion string
}

func (a *API) frame(title string) frame {
	return frame{Title: title, Base: a.base, TelemetryPath: a.TelemetryPath, StyleVersion: version(styleSheet)}
}

// groupsPage is the page at / and /status.
type groupsPage struct {
	frame
	Notice, Query, QueryError, Sort string
	UndoID, Token                   string // of the delete that the notice is about

	Columns []column
	Groups  []groupRow
	// Total and Matched count groups, First and Last number those shown, from 1.
	Total, Matched, First, Last int
	Page, Pages                 int
	Prev, Next, PushURL         string
	Facts                       []facts
}

// groupRow is a group as the pages show it.
type groupRow struct {
	store.GroupInfo
	Path       string // as in the URL of a push, after /metrics/
	DeleteLink string
}

// Failing reports whether the last push was refused.
func (g groupRow) Failing() bool { return !g.LastPushOK }

// Due reports whether a push should have come before now.
func (g groupRow) Due() bool { return g.Overdue(time.Now()) }

// Sums is whether the group shows what its pushes add up to.
func (g groupRow) Sums() bool { return g.Aggregate != store.Keep }

// Stays says how long the group stays.
func (g groupRow) Stays() string {
	switch {
	case g.KeepUntilScraped && g.Expires.IsZero():
		return "until scraped"
	case g.Expires.IsZero():
		return "for good"
	case g.KeepUntilScraped:
		return "until scraped, " + until(time.Until(g.Expires)) + " at most"
	}
	return until(time.Until(g.Expires))
}

// Text is the grouping key in one line.
func (g groupRow) Text() string {
	parts := make([]string, len(g.Labels))
	for i, l := range g.Labels {
		parts[i] = l.Name + "=" + strconv.Quote(l.Value)
	}
	return strings.Join(parts, ", ")
}

func (a *API) row(g store.GroupInfo) groupRow {
	path := a.links.format(g.Labels)
	return groupRow{GroupInfo: g, Path: path, DeleteLink: a.base + "/groups/delete?" + url.Values{"group": {path}}.Encode()}
}

// page answers / and /status.
func (a *API) page(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	p := groupsPage{frame: a.frame("Headgate"), Query: strings.TrimSpace(q.Get("q")), PushURL: a.pushExample(r)}
	if id := q.Get("deleted"); id != "" {
		p.Notice, p.UndoID, p.Token = "The group is deleted.", a.undoable(id), a.formToken
	}
	status := http.StatusOK
	keep, err := a.filter(p.Query)
	if err != nil {
		p.QueryError, status = err.Error(), http.StatusBadRequest
		keep = func([]expo.Label) bool { return false }
	}
	groups := a.Store.Groups(keep)
	p.Sort = sortGroups(groups, q.Get("sort"))
	p.Columns = columns(a.base, p.Query, p.Sort)
	p.Total, p.Matched = a.Store.Stats().Groups, len(groups)
	a.cut(&p, groups, q.Get("page"))
	p.Facts = a.facts()
	a.render(w, status, "groups", p)
}

// undoable is id if that delete can be undone, or "".
func (a *API) undoable(id string) string {
	now := time.Now()
	for _, e := range a.Store.Audit() {
		if e.ID == id && !undoUntil(&e, now).IsZero() {
			return id
		}
	}
	return ""
}

// cut fills p with the asked page of groups; a number out of range gets the nearest.
func (a *API) cut(p *groupsPage, groups []store.GroupInfo, asked string) {
	n, _ := strconv.Atoi(asked)
	p.Pages = max(1, (len(groups)+groupsPerPage-1)/groupsPerPage)
	p.Page = min(max(n, 1), p.Pages)
	from := (p.Page - 1) * groupsPerPage
	to := min(from+groupsPerPage, len(groups))
	p.First, p.Last = from+1, to
	for _, g := range groups[from:to] {
		p.Groups = append(p.Groups, a.row(g))
	}
	if p.Page > 1 {
		p.Prev = pageLink(a.base, p.Query, p.Sort, p.Page-1)
	}
	if p.Page < p.Pages {
		p.Next = pageLink(a.base, p.Query, p.Sort, p.Page+1)
	}
}

// pageLink is the URL of a page of groups, its defaults left out.
func pageLink(base, query, sort string, page int) string {
	v := url.Values{}
	if query != "" {
		v.Set("q", query)
	}
	if sort != "" {
		v.Set("sort", sort)
	}
	if page > 1 {
		v.Set("page", strconv.Itoa(page))
	}
	if len(v) == 0 {
		return base + "/"
	}
	return base + "/?" + v.Encode()
}

// pushExample is a URL to push to, as seen by whoever reads the page.
func (a *API) pushExample(r *http.Request) string {
	if a.ExternalURL != "" {
		return strings.TrimSuffix(a.ExternalURL, "/") + "/metrics/job/my_job"
	}
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	return scheme + "://" + r.Host + a.base + "/metrics/job/my_job"
}

// filter reads the search box: a selector if it starts with a brace, otherwise
// words that must all occur in the grouping key, in any case.
func (a *API) filter(q string) (func([]expo.Label) bool, error) {
	if q == "" {
		return nil, nil
	}
	if strings.HasPrefix(q, "{") {
		set, err := a.selector(q)
		return func(key []expo.Label) bool { return matchesAll(set, key) }, err
	}
	words := strings.Fields(strings.ToLower(q))
	return func(key []expo.Label) bool {
		text := strings.ToLower(groupRow{GroupInfo: store.GroupInfo{Labels: key}}.Text())
		for _, word := range words {
			if !strings.Contains(text, word) {
				return false
			}
		}
		return true
	}, nil
}

// render writes a whole page or, if the template fails, none of it.
func (a *API) render(w http.ResponseWriter, status int, name string, data any) {
	var page bytes.Buffer
	if err := a.pages.ExecuteTemplate(&page, name, data); err != nil {
		http.Error(w, fmt.Sprintf("page %q: %v", name, err), http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("X-Frame-Options", "DENY") // for browsers that don't know frame-ancestors
	h.Set("Content-Security-Policy",
		"default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
	w.WriteHeader(status)
	w.Write(page.Bytes())
}

// parsePages compiles the templates.
func parsePages() (*template.Template, error) {
	return template.New("pages").Funcs(template.FuncMap{
		"ago":      func(t time.Time) string { return ago(time.Since(t)) },
		"absolute": absolute,
		"rfc3339":  func(t time.Time) string { return t.UTC().Format(time.RFC3339) },
		"number":   grouped,
		"until":    func(t time.Time) string { return until(time.Until(t)) },
		"size":     size,
		"took":     took,
	}).Parse(pageSource)
}
