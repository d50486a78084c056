package api

import (
	"fmt"
	"html"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// evil breaks out of an attribute, of a text and of a URL, if anything does.
const evil = `"'></title></style><script>alert(1)</script><img src=x onerror=alert(1)><a href="javascript:alert(1)">`

// markup is what of it would have an effect.
var markup = regexp.MustCompile(`(?i)<script|<img src=x|href="javascript:`)

// attacked is a gateway into which somebody has pushed evil wherever it goes, and
// deleted in its name.
func attacked(t *testing.T) *gateway {
	t.Helper()
	g := newGateway(t, func(o *Options) {
		o.UTF8Names = true
		o.Flags, o.Build = map[string]string{evil: evil}, map[string]string{evil: evil}
	})
	e := url.PathEscape(evil)
	quoted := strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(evil)
	body := fmt.Sprintf("# HELP \"%[1]s\" %[2]s\n# TYPE \"%[1]s\" counter\n{\"%[1]s\",\"%[1]s\"=\"%[1]s\",\"user_id\"=\"123e4567-e89b-12d3-a456-426614174000\"} 1\n", quoted, evil)
	target := "/metrics/job/" + e + "/x/" + e + "/" + e + "/y"
	for range 2 {
		want(t, g.do("PUT", target, body), 200)
		want(t, g.do("DELETE", target, "", "Authorization", basic(evil, "")[1]), 202)
	}
	want(t, g.do("PUT", target, body), 200)
	want(t, g.do("PUT", "/metrics/job/"+e+"?aggregate=delta&pusher="+url.QueryEscape(evil), body), 400) // increments are POST
	want(t, g.do("POST", "/metrics/job/sum/x/"+e+"?aggregate=delta&pusher="+url.QueryEscape(evil), "# TYPE a_total counter\na_total 1\n"), 200)
	return g
}

// Nothing that anybody pushes, asks for or is called becomes markup, on any page there
// is or will be; what isn't a page isn't taken for one.
func TestNoRouteAnswersWithForeignMarkup(t *testing.T) {
	g := attacked(t)
	query := url.Values{}
	for _, name := range []string{"q", "sort", "page", "deleted", "restored", "skipped", "group", "match[]", "debug", "id", "job"} {
		query.Set(name, evil)
	}
	pages := 0
	for _, path := range slices.Sorted(maps.Keys(g.routes)) {
		if g.routes[path].get == nil || strings.HasSuffix(path, "/profile") || strings.HasSuffix(path, "/trace") {
			continue
		}
		targets := []string{path, path + "?" + query.Encode(), path + "?q=" + url.QueryEscape("{"+evil), path + "?group=" + url.QueryEscape("job/x/"+url.PathEscape(evil))}
		targets = append(targets, links(g.do("GET", path, "").Body.String())...)
		for _, target := range targets {
			if w := g.do("GET", target, "", "Accept", "text/html"); harmless(t, target, w) {
				pages++
			}
		}
	}
	for _, target := range []string{"/" + evil, "/metrics/job/" + evil, "/api/v1/" + evil, "/static/" + evil, "/metrics/job/sum/x/" + url.PathEscape(evil)} {
		r := httptest.NewRequest("PATCH", "/", nil)
		r.URL = &url.URL{Path: target}
		w := httptest.NewRecorder()
		g.ServeHTTP(w, r)
		harmless(t, target, w)
	}
	if pages < 20 {
		t.Errorf("%d pages were looked at", pages)
	}
}

// links are where a page leads to on this site.
func links(page string) (targets []string) {
	for _, m := range regexp.MustCompile(`(?:href|action)="(/[^"]*)"`).FindAllStringSubmatch(page, -1) {
		target, _, _ := strings.Cut(html.UnescapeString(m[1]), "#")
		targets = append(targets, target)
	}
	return targets
}

// harmless looks at an answer as a browser would, and reports whether it is a page.
func harmless(t *testing.T, target string, w *httptest.ResponseRecorder) (page bool) {
	t.Helper()
	h := w.Header()
	page = strings.HasPrefix(h.Get("Content-Type"), "text/html")
	if h.Get("X-Content-Type-Options") != "nosniff" && w.Body.Len() > 0 {
		t.Errorf("%.100q: a browser may take %q for something else", target, h.Get("Content-Type"))
	}
	if !page {
		return false
	}
	if found := markup.FindString(w.Body.String()); found != "" {
		t.Errorf("%.100q has %s in it:\n%s", target, found, w.Body)
	}
	policy := h.Get("Content-Security-Policy")
	for _, part := range []string{"default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'"} {
		if !strings.Contains(policy, part) {
			t.Errorf("%.100q: the policy %q lacks %s", target, policy, part)
		}
	}
	if strings.Contains(policy, "script-src") {
		t.Errorf("%.100q: the policy %q lets scripts run", target, policy)
	}
	return true
}

// The gateway's own pages let nothing run, nothing be sent elsewhere, nobody frame them,
// and are not kept.
func TestPagePolicy(t *testing.T) {
	w := newGateway(t, nil).do("GET", "/", "")
	for name, value := range map[string]string{
		"Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
		"X-Frame-Options":         "DENY", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin", "Cache-Control": "no-store",
	} {
		if got := w.Header().Get(name); got != value {
			t.Errorf("%s is %q, want %q", name, got, value)
		}
	}
}

// sites are what browsers say of where a request comes from, and whether it is from here.
var sites = []struct {
	headers []string
	ours    bool
}{
	{[]string{"Sec-Fetch-Site", "cross-site"}, false},
	{[]string{"Sec-Fetch-Site", "same-site"}, false}, // another host of the same domain
	{[]string{"Sec-Fetch-Site", "cross-site", "Origin", "http://gw"}, false},
	{[]string{"Origin", "https://evil.example"}, false}, // a browser without Sec-Fetch-Site
	{[]string{"Origin", "null"}, false},                 // a sandboxed frame, a local file
	{[]string{"Origin", "http://gw:81"}, false},
	{[]string{"Origin", "http://gw.evil.example"}, false},
	{[]string{"Origin", "http://gw@evil.example"}, false},
	{[]string{"Sec-Fetch-Site", "same-origin"}, true},
	{[]string{"Sec-Fetch-Site", "none"}, true}, // a person's own doing
	{[]string{"Origin", "http://gw"}, true},
	{[]string{"Origin", "https://gateway.example"}, true}, // the external URL
	{nil, true}, // no browser
}

// No page of another site makes a browser change anything, over any route there is or will be.
func TestNoOtherSiteChangesAnything(t *testing.T) {
	g := newGateway(t, func(o *Options) {
		o.ExternalURL, o.RoutePrefix, o.EnableLifecycle = "https://gateway.example", "/", true
	})
	g.push(t, "/metrics/job/a", "m 1\n")
	before := g.scraped(t)
	for path, rt := range g.routes {
		for _, method := range []string{"PUT", "POST", "DELETE"} {
			if rt.handler(method) != nil {
				g.fromElsewhere(t, method, path+"?match[]={job=\"a\"}")
			}
		}
	}
	for _, method := range []string{"PUT", "POST", "DELETE"} {
		g.fromElsewhere(t, method, "/metrics/job/a")
		g.fromElsewhere(t, method, "/metrics/job@base64/YQ")
	}
	if after := g.scraped(t); after != before {
		t.Errorf("another site has changed\n%s\nto\n%s", before, after)
	}
	for _, site := range sites {
		if w := g.from(site.headers, "PUT", "/metrics/job/b", "m 1\n"); site.ours != (w.Code == http.StatusOK) {
			t.Errorf("push from %q: %d %s", site.headers, w.Code, w.Body)
		}
	}
}

func (g *gateway) fromElsewhere(t *testing.T, method, target string) {
	t.Helper()
	for _, site := range sites {
		if site.ours {
			continue
		}
		if w := g.from(site.headers, method, target, "m 2\n"); w.Code != http.StatusForbidden || !strings.Contains(w.Body.String(), "another site") {
			t.Errorf("%s %s from %q: %d %.200s", method, target, site.headers, w.Code, w.Body)
		}
	}
}

// from sends what a browser sends that has the gateway at http://gw.
func (g *gateway) from(site []string, method, target, body string) *httptest.ResponseRecorder {
	return g.do(method, "http://gw"+strings.ReplaceAll(target, `"`, "%22"), body, site...)
}

// With tokens the page works in a browser, which asks for a password and sends it from
// then on; what the token may not do is said on a page.
func TestPageWithTokens(t *testing.T) {
	g := closed(t, 0)
	w := g.do("GET", "/", "", "Accept", "text/html")
	want(t, w, 401, "Not allowed", "a token with the right &#34;read&#34; is needed")
	if !slices.ContainsFunc(w.Header().Values("WWW-Authenticate"), func(c string) bool { return strings.HasPrefix(c, "Basic realm=") }) {
		t.Errorf("a browser would not ask: %q", w.Header())
	}
	want(t, g.do("GET", "/", "", append(basic("anna", "read"), "Accept", "text/html")...), 200, "Delete…")
	want(t, g.do("GET", "/deletes", "", append(basic("anna", "read"), "Accept", "text/html")...), 403, "token read-token lacks the right &#34;admin&#34;")
	want(t, g.do("GET", "/static/style.css", ""), 200)
}
