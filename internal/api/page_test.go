package api

import (
	"fmt"
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/headgate/headgate/internal/expo"
)

func TestPageListsGroups(t *testing.T) {
	g := newGateway(t, func(o *Options) {
		o.Flags = map[string]string{"web.telemetry-path": "/metrics"}
		o.Build = map[string]string{"version": "1.2.3"}
	})
	want(t, g.do("GET", "/", ""), 200, "Nothing has been pushed yet", "http://example.com/metrics/job/my_job")
	g.push(t, "/metrics/job/backup/zone/eu", "a 1\nb 2\n")
	g.push(t, "/metrics/job/bad", "a{x=\"1\"} 1\n")
	g.do("POST", "/metrics/job/bad", "m 1 5\n")
	for _, path := range []string{"/", "/status"} {
		w := g.do("GET", path, "")
		want(t, w, 200, "backup", "zone", "last push refused", "never", "1.2.3", "web.telemetry-path",
			`aria-label="Delete the group job=&#34;backup&#34;, zone=&#34;eu&#34;"`, `href="/groups/delete?group=job%2Fbackup%2Fzone%2Feu"`)
		wantHeader(t, w, "Content-Type", "text/html")
		wantHeader(t, w, "Content-Security-Policy", "default-src 'none'")
		if n := strings.Count(w.Body.String(), "last push refused"); n != 1 {
			t.Errorf("%d groups are marked as failing", n)
		}
	}
}

// Nothing that anybody pushed becomes part of the page's markup.
func TestPageEscapes(t *testing.T) {
	g := newGateway(t, func(o *Options) { o.Flags = map[string]string{"<script>flag": "<script>"} })
	evil := `"'><script>alert(1)</script>&`
	target := "/metrics/job/" + url.PathEscape(evil) + "/x/" + url.PathEscape(evil)
	want(t, g.do("POST", target, "m 1\n"), 200)
	group := "job/" + url.PathEscape(evil) + "/x/" + url.PathEscape(evil)
	for _, path := range []string{
		"/", "/?q=" + url.QueryEscape(evil), "/?q=" + url.QueryEscape("{"+evil), "/?sort=" + url.QueryEscape(evil), "/?page=" + url.QueryEscape(evil),
		"/groups/delete?group=" + url.QueryEscape(g.links.format(mustKey(t, g, group))), "/groups/delete?group=job/x/" + url.QueryEscape(url.PathEscape(evil)),
		"/groups/delete?group=" + url.QueryEscape(evil),
	} {
		w := g.do("GET", path, "")
		if body := w.Body.String(); strings.Contains(body, "<script") {
			t.Errorf("%s: script in %s", path, body)
		}
	}
}

func mustKey(t *testing.T, g *gateway, path string) []expo.Label {
	t.Helper()
	key, err := g.keys.parse(nil, path)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func TestPageFilter(t *testing.T) {
	g := threeGroups(t)
	for query, count := range map[string]int{
		"": 3, "b": 3, `"b"`: 2, "EU": 1, "job b zone": 1, "none": 0, `{job="b"}`: 2, `{zone=""}`: 2, `{job="b",zone="eu"}`: 1,
	} {
		w := g.do("GET", "/?q="+url.QueryEscape(query), "")
		want(t, w, 200)
		if n := strings.Count(w.Body.String(), "Delete…"); n != count {
			t.Errorf("%q: %d groups, want %d", query, n, count)
		}
	}
	want(t, g.do("GET", "/?q="+url.QueryEscape("{job="), ""), 400, "selector", `role="alert"`, "want label matchers")
	want(t, g.do("GET", "/?q=none", ""), 200, "No group matches")
}

// However many groups there are, a page is small and leads to the others.
func TestPagePages(t *testing.T) {
	g := newGateway(t, nil)
	for i := range 2*groupsPerPage + 1 {
		g.push(t, fmt.Sprintf("/metrics/job/j%04d", i), "m 1\n")
	}
	for _, c := range []struct {
		query             string
		rows              int
		first, prev, next string
	}{
		{"/", 200, "j0000", "", "/?page=2"},
		{"/?page=2", 200, "j0200", "/", "/?page=3"},
		{"/?page=3", 1, "j0400", "/?page=2", ""},
		{"/?page=99", 1, "j0400", "/?page=2", ""},
		{"/?page=-1", 200, "j0000", "", "/?page=2"},
		{"/?page=x", 200, "j0000", "", "/?page=2"},
		{"/?q=j0&sort=series&page=2", 200, "j0200", "/?q=j0&sort=series", "/?page=3&q=j0&sort=series"},
	} {
		w := g.do("GET", c.query, "")
		body := w.Body.String()
		want(t, w, 200, c.first, "of 3")
		if n := strings.Count(body, "Delete…"); n != c.rows {
			t.Errorf("%s: %d rows, want %d", c.query, n, c.rows)
		}
		if prev, next := link(body, "prev"), link(body, "next"); prev != c.prev || next != c.next {
			t.Errorf("%s: links %q and %q, want %q and %q", c.query, prev, next, c.prev, c.next)
		}
		if len(body) > 400<<10 {
			t.Errorf("%s: %d bytes", c.query, len(body))
		}
	}
}

func link(body, rel string) string {
	m := regexp.MustCompile(`rel="` + rel + `" href="([^"]*)"`).FindStringSubmatch(body)
	if m == nil {
		return ""
	}
	return html.UnescapeString(m[1])
}

func TestPageSorts(t *testing.T) {
	g := newGateway(t, nil)
	g.push(t, "/metrics/job/small", "m 1\n")
	g.push(t, "/metrics/job/a_large", "m 1\nn 1\no 1\n")
	g.do("POST", "/metrics/job/failing", "m 1 5\n")
	for by, first := range map[string]string{"": "a_large", "push": "failing", "failure": "failing", "series": "a_large", "size": "a_large", "nonsense": "a_large"} {
		w := g.do("GET", "/?sort="+by, "")
		rows := regexp.MustCompile(`"value">&#34;|class="value">"([^"]*)"`).FindStringSubmatch(w.Body.String())
		if len(rows) < 2 || rows[1] != first {
			t.Errorf("sort=%s: first is %q, want %q", by, rows, first)
		}
		if n := strings.Count(w.Body.String(), "aria-sort"); n != 1 {
			t.Errorf("sort=%s: %d columns say that they sort", by, n)
		}
	}
}

// Deleting takes a question, an answer with this process's token, and nothing else.
func TestDeleteFromPage(t *testing.T) {
	g := newGateway(t, func(o *Options) { o.ExternalURL = "https://example.org/gw" })
	g.push(t, "/gw/metrics/job/a/path/%2Fvar%2Ftmp", "m 1\n")
	g.push(t, "/gw/metrics/job/b", "m 1\n")
	page := g.do("GET", "/gw/", "").Body.String()
	m := regexp.MustCompile(`class="button danger" href="([^"]*)"`).FindStringSubmatch(page)
	if m == nil {
		t.Fatalf("no delete link in %s", page)
	}
	ask := g.do("GET", html.UnescapeString(m[1]), "")
	want(t, ask, 200, "Delete this group?", "/var/tmp", `action="/gw/groups/delete"`, `method="post"`)
	resident(t, g, "a", true) // asking changes nothing

	form := url.Values{"group": {field(t, ask, "group")}}
	want(t, g.form("/gw/groups/delete", form), 403, "Not deleted")
	form.Set("token", "guess")
	want(t, g.form("/gw/groups/delete", form), 403, "Not deleted")
	resident(t, g, "a", true)

	form.Set("token", field(t, ask, "token"))
	w := g.form("/gw/groups/delete", form, "Origin", "https://example.org")
	want(t, w, http.StatusSeeOther)
	wantHeader(t, w, "Location", "/gw/?deleted=")
	resident(t, g, "a", false)
	resident(t, g, "b", true)
	want(t, g.do("GET", w.Header().Get("Location"), ""), 200, "The group is deleted.", `role="status"`)
	want(t, g.do("GET", html.UnescapeString(m[1]), ""), 404, "No such group")
	want(t, g.do("GET", "/gw/groups/delete?group=nonsense", ""), 400, "names no group")
	want(t, g.do("GET", "/gw/groups/delete?group=job/x/__a/c", ""), 400, "improper label name")
}

func resident(t *testing.T, g *gateway, job string, want bool) {
	t.Helper()
	if got := strings.Contains(g.do("GET", "/gw/metrics", "").Body.String(), `job="`+job+`"`); got != want {
		t.Errorf("job %q resident: %v, want %v", job, got, want)
	}
}

func field(t *testing.T, w *httptest.ResponseRecorder, name string) string {
	t.Helper()
	m := regexp.MustCompile(`name="` + name + `" value="([^"]*)"`).FindStringSubmatch(w.Body.String())
	if m == nil {
		t.Fatalf("no field %s in %s", name, w.Body)
	}
	return html.UnescapeString(m[1])
}

func (g *gateway) form(path string, form url.Values, headers ...string) *httptest.ResponseRecorder {
	return g.do("POST", path, form.Encode(), append(headers, "Content-Type", "application/x-www-form-urlencoded")...)
}

// A group stays deletable when UTF-8 names are no longer allowed.
func TestDeleteUTF8GroupFromPage(t *testing.T) {
	g := newGateway(t, func(o *Options) { o.UTF8Names = true })
	g.push(t, "/metrics/job/a/b.c/d", "m 1\n")
	g.keys.utf8Names = false
	m := regexp.MustCompile(`class="button danger" href="([^"]*)"`).FindStringSubmatch(g.do("GET", "/", "").Body.String())
	want(t, g.do("GET", html.UnescapeString(m[1]), ""), 200, "Delete this group?", "b.c")
}

// Links honour the outside's prefix, and the prefix of the routes where there is none.
func TestPageLinks(t *testing.T) {
	for _, c := range []struct{ prefix, external, link string }{
		{"", "", "/static/style.css?v="},
		{"/gw", "", "/gw/static/style.css?v="},
		{"/", "https://example.org/out", "/out/static/style.css?v="},
		{"/in", "https://example.org/out", "/out/static/style.css?v="},
	} {
		g := newGateway(t, func(o *Options) { o.RoutePrefix, o.ExternalURL = c.prefix, c.external })
		want(t, g.do("GET", g.prefix+"/", ""), 200, `href="`+c.link)
	}
}

// The stylesheet is kept by browsers for as long as it stays the same.
func TestStaticIsCached(t *testing.T) {
	g := newGateway(t, nil)
	w := g.do("GET", "/static/style.css?v="+version(styleSheet), "")
	want(t, w, 200, "prefers-color-scheme: dark")
	wantHeader(t, w, "Cache-Control", "immutable")
	wantHeader(t, w, "Content-Type", "text/css")
	tag := w.Header().Get("ETag")
	w = g.do("GET", "/static/style.css", "", "If-None-Match", tag)
	want(t, w, http.StatusNotModified)
	wantHeader(t, w, "Cache-Control", "no-cache")
}

func TestWording(t *testing.T) {
	for d, text := range map[time.Duration]string{
		-time.Second: "just now", 0: "just now", 90 * time.Second: "90 s ago", 10 * time.Minute: "10 min ago",
		5 * time.Hour: "5 h ago", 72 * time.Hour: "3 days ago", 2000 * 24 * time.Hour: "2,000 days ago",
	} {
		if got := ago(d); got != text {
			t.Errorf("%s: %q, want %q", d, got, text)
		}
	}
	for n, text := range map[int]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567", -1000: "-1,000", -100: "-100"} {
		if got := grouped(n); got != text {
			t.Errorf("%d: %q, want %q", n, got, text)
		}
	}
	for n, text := range map[int]string{0: "0 B", 1023: "1023 B", 1536: "1.5 KiB", 5 << 20: "5.0 MiB", 3 << 30: "3.0 GiB"} {
		if got := size(n); got != text {
			t.Errorf("%d: %q, want %q", n, got, text)
		}
	}
}

func BenchmarkPageOf100000Groups(b *testing.B) {
	g := newGateway(b, nil)
	for i := range 100_000 {
		if w := g.do("PUT", fmt.Sprintf("/metrics/job/j/instance/%d", i), "a 1\nb 2\nc 3\n"); w.Code != http.StatusOK {
			b.Fatal(w.Body)
		}
	}
	for _, path := range []string{"/", "/?q=99999", "/?sort=series&page=300", "/api/v1/groups", "/api/v1/metrics"} {
		b.Run(path, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if w := g.do("GET", path, ""); w.Code != http.StatusOK {
					b.Fatal(w.Body)
				}
			}
		})
	}
}
