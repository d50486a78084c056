package pushtest

import (
	"io"
	"net/http"
	"slices"
	"strings"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
)

const (
	pushRoot = "/metrics/"
	jsonPath = "/api/v1/push"
)

// ServeHTTP is the gateway's handler, for a test that puts something of its own
// in front of it. Cuts and resets need a connection of the gateway's own server,
// elsewhere they end the request with http.ErrAbortHandler only.
func (g *Gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	// On the escaped path, as %2F is part of a segment. ServeMux would redirect.
	path := r.URL.EscapedPath()
	switch group, ok := strings.CutPrefix(path, pushRoot); {
	case ok && isGroup(group):
		g.serveGroup(w, r, group)
	case path == jsonPath:
		g.serveJSON(w, r)
	default:
		g.pages.ServeHTTP(w, r)
	}
}

// isGroup is whether a path after "/metrics/" is meant to be a group's.
func isGroup(path string) bool {
	first, _, more := strings.Cut(path, "/")
	return more && (first == "job" || strings.ReplaceAll(first, "%40", "@") == "job"+base64Suffix)
}

func (g *Gateway) routes() *http.ServeMux {
	ok := func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "OK") }
	m := http.NewServeMux()
	m.HandleFunc("GET /-/healthy", ok)
	m.HandleFunc("GET /-/ready", ok)
	m.HandleFunc("GET /metrics", g.scrape)
	return m
}

func (g *Gateway) serveGroup(w http.ResponseWriter, r *http.Request, path string) {
	switch r.Method {
	case http.MethodPut, http.MethodPost, http.MethodDelete:
		g.take(w, r, func(p *Push) (entry, error) { return g.readGroup(p, path) })
	default:
		w.Header().Set("Allow", "PUT, POST, DELETE")
		http.Error(w, "method not allowed: use PUT, POST or DELETE", http.StatusMethodNotAllowed)
	}
}

func (g *Gateway) serveJSON(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", "POST")
		http.Error(w, "method not allowed: use POST", http.StatusMethodNotAllowed)
		return
	}
	g.take(w, r, g.readJSON)
}

// scrape writes the exposition in the format that the scraper prefers.
func (g *Gateway) scrape(w http.ResponseWriter, r *http.Request) {
	format := expfmt.NegotiateAccept(r.Header, expfmt.DefaultAcceptedFormats()...)
	w.Header().Set("Content-Type", string(format))
	enc := expfmt.NewEncoder(w, format)
	for _, f := range exposition(g.Groups()) {
		if err := enc.Encode(f); err != nil {
			return // the scraper hung up; check has seen to all else
		}
	}
	if c, ok := enc.(expfmt.Closer); ok {
		_ = c.Close() // as above
	}
}

// exposition puts the families of all groups together, sorted by name.
func exposition(groups []Group) []*dto.MetricFamily {
	byName := map[string]*dto.MetricFamily{}
	for _, group := range groups {
		for _, f := range group.Families {
			all := byName[f.GetName()]
			if all == nil {
				all = familyLike(f)
				byName[f.GetName()] = all
			}
			all.Metric = append(all.Metric, f.Metric...)
		}
	}
	families := make([]*dto.MetricFamily, 0, len(byName))
	for _, f := range byName {
		families = append(families, f)
	}
	slices.SortFunc(families, byFamilyName)
	return families
}

// familyLike returns an empty family with the name, help, type and unit of f.
func familyLike(f *dto.MetricFamily) *dto.MetricFamily {
	return &dto.MetricFamily{Name: f.Name, Help: f.Help, Type: f.Type, Unit: f.Unit}
}

func byFamilyName(a, b *dto.MetricFamily) int { return strings.Compare(a.GetName(), b.GetName()) }
