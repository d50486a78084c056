package api

import (
	"maps"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/headgate/headgate/internal/access"
)

// Each route has a right that somebody has chosen. A new one has to be added to needs.
func TestEachRouteNeedsARight(t *testing.T) {
	g := newGateway(t, nil)
	used := map[string]bool{}
	for path, rt := range g.routes {
		for _, method := range []string{"GET", "PUT", "POST", "DELETE"} {
			if rt.handler(method) == nil {
				continue
			}
			if _, said := g.need(method, path); !said {
				t.Errorf("nobody has said what %s %s needs: it is closed to all but admins", method, path)
			}
			used[method+" "+path] = true
		}
	}
	for route := range needs {
		if !used[route] && !strings.HasSuffix(route, telemetryRoute) && !strings.ContainsAny(route, "*…") {
			t.Errorf("there is no route %s", route)
		}
	}
	if right, said := g.need("GET", "/new"); right != access.Admin || said {
		t.Errorf("a new route needs %s, want admin", right)
	}
	if !g.pushers("/api/v1/groups/job/a/pushers").guarded {
		t.Error("a route that is found by its form is open")
	}
}

// The page about security has each route with what it needs.
func TestSecurityPageHasTheRights(t *testing.T) {
	text, err := os.ReadFile("../../docs/security.md")
	if err != nil {
		t.Fatal(err)
	}
	said := map[string]string{}
	for _, row := range regexp.MustCompile("(?m)^\\| (`(?:GET|PUT|POST|DELETE) .*) \\| (.*) \\|$").FindAllStringSubmatch(string(text), -1) {
		for route := range strings.SplitSeq(row[1], ", ") {
			said[strings.Trim(route, "`")] = strings.Trim(row[2], "`")
		}
	}
	want := map[string]string{ // those that are known by their form
		"PUT /metrics/job/…": "push", "POST /metrics/job/…": "push", "DELETE /metrics/job/…": "delete",
	}
	for route, right := range needs {
		route = strings.NewReplacer(telemetryRoute, "/metrics", "*", "…").Replace(route)
		if want[route] = right.String(); right == 0 {
			want[route] = "none"
		}
	}
	if !maps.Equal(said, want) {
		t.Errorf("the page says\n%v\nand it is\n%v", said, want)
	}
}

// tries are a request for each route, by the right that it needs.
var tries = map[access.Rights][]string{
	0:             {"GET /-/healthy", "GET /-/ready", "GET /static/style.css", "GET /static/icon.svg", "OPTIONS /api/v1/groups", "OPTIONS /metrics/job/a"},
	access.Push:   {"PUT /metrics/job/a", "POST /metrics/job/a", "POST /metrics/job@base64/YQ", "POST /api/v1/push?job=a", "PUT /metrics/job/a?dry_run=1"},
	access.Delete: {"DELETE /metrics/job/a?dry_run=1", `DELETE /api/v1/groups?dry_run=1&match[]={job="a"}`, "GET /groups/delete?group=job/a"},
	access.Read: {
		"GET /", "HEAD /", "GET /status", "GET /lint", "GET /metrics", "HEAD /metrics", "GET /api/v1/status", "GET /api/v1/metrics",
		"GET /api/v1/groups", "GET /api/v1/lint", "GET /api/v1/groups/job/a/pushers",
	},
	access.Admin: {
		"GET /deletes", "GET /api/v1/audit", "POST /-/reload", "GET /debug/pprof/", "GET /debug/pprof/cmdline", "GET /debug/pprof/goroutine",
		"POST /api/v1/groups/undo", "PUT /-/quit", "PUT /api/v1/admin/wipe",
	},
}

// Each right opens its routes and no others; admin opens all; nothing opens none but health.
func TestRightsOpenTheirRoutes(t *testing.T) {
	shows := map[string]access.Rights{"": 0, "push": access.Push, "delete": access.Delete, "read": access.Read, "admin": access.Admin}
	for need, requests := range tries {
		for _, request := range requests {
			method, target, _ := strings.Cut(request, " ")
			body := map[bool]string{true: `[{"name":"m","value":1}]`, false: "m 1\n"}[strings.Contains(target, "/push")]
			for secret, rights := range shows {
				g, headers := closed(t, 0), bearer(secret)
				if secret == "" {
					headers = nil
				}
				w := g.do(method, target, body, headers...)
				want := map[bool]int{true: http.StatusForbidden, false: http.StatusUnauthorized}[secret != ""]
				if got := w.Code != http.StatusForbidden && w.Code != http.StatusUnauthorized; got != rights.Has(need) || !got && w.Code != want {
					t.Errorf("%s with %q: status %d, want to be let in: %v; body %q", request, secret, w.Code, rights.Has(need), w.Body)
				}
			}
		}
	}
}

// Deletes reach the groups that the token is for, and all that are named or none.
func TestDeletesAreBound(t *testing.T) {
	g := closed(t, access.Read)
	w := g.do("DELETE", `/api/v1/groups?match[]={job=~"a|b"}`, "", bearer("delete")...)
	want(t, w, 403, "no right to delete 1 of these groups")
	g.wantResident(t, `m{instance="",job="a"}`)
	if strings.Contains(w.Body.String(), `\"b\"`) {
		t.Errorf("the answer names a group: %s", w.Body)
	}
	want(t, g.do("DELETE", `/api/v1/groups?match[]={job="a",zone="eu"}`, "", bearer("delete")...), 200, `"deleted":1`)
	want(t, g.do("DELETE", "/metrics/job/a", "", bearer("delete")...), 202)
	g.wantAbsent(t, `m{instance="",job="a"}`)
	g.wantResident(t, `m{instance="",job="b"}`)

	ask := g.do("GET", "/groups/delete?group=job/b", "", basic("", "admin")...)
	form := map[string][]string{"group": {"job/b"}, "token": {field(t, ask, "token")}}
	want(t, g.do("GET", "/groups/delete?group=job/b", "", basic("", "delete")...), 403, "no right to delete group") // nor to look at it
	want(t, g.form("/groups/delete", form, basic("", "delete")...), 403, "no right to delete group")
	g.wantResident(t, `m{instance="",job="b"}`)
	want(t, g.form("/groups/delete", form, basic("", "admin")...), 303)
	g.wantAbsent(t, `m{instance="",job="b"}`)
}
