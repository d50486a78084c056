package api

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"
)

// openAPI is the description of the API in docs, as far as it is checked.
type openAPI struct {
	Paths map[string]map[string]any
	doc   any // all of it, as JSON decodes
}

func readOpenAPI(t *testing.T) *openAPI {
	t.Helper()
	text, err := os.ReadFile("../../docs/openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var doc any
	if err := yaml.Unmarshal(text, &doc); err != nil {
		t.Fatal(err)
	}
	asJSON, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	var o openAPI
	if err := json.Unmarshal(asJSON, &o); err != nil {
		t.Fatal(err)
	}
	if o.doc, err = jsonschema.UnmarshalJSON(bytes.NewReader(asJSON)); err != nil {
		t.Fatal(err)
	}
	return &o
}

// isPage tells the routes that are for browsers and profilers, which the description leaves out.
func isPage(path string) bool {
	return !strings.HasPrefix(path, apiRoot) && !strings.HasPrefix(path, "/-/") && path != "/metrics"
}

// The description has every route with its methods, and no others.
func TestOpenAPIHasAllRoutes(t *testing.T) {
	o := readOpenAPI(t)
	var want []string
	for path, rt := range newGateway(t, nil).routes {
		for method, h := range map[string]http.HandlerFunc{"get": rt.get, "put": rt.put, "post": rt.post, "delete": rt.del} {
			if h != nil && !isPage(path) {
				want = append(want, method+" "+path)
			}
		}
	}
	// The routes below are recognised by their form, not by the table.
	for _, method := range []string{"put", "post", "delete"} {
		want = append(want, method+" /metrics/job/{job}/{labels}")
	}
	want = append(want, "get /api/v1/groups/job/{job}/{labels}/pushers")
	var got []string
	for path, item := range o.Paths {
		for method := range item {
			if method != "parameters" && method != "summary" {
				got = append(got, method+" "+path)
			}
		}
	}
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("docs/openapi.yaml has\n%s\nthe router has\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// What the API answers is what the description says.
func TestAnswersAreAsDescribed(t *testing.T) {
	schemas := newSchemas(t)
	g := withUndo(t)
	g.push(t, "/metrics/job/a/instance/i?ttl=1h&expect=2h", "# TYPE a_total counter\na_total{user_id=\"123e4567-e89b-12d3-a456-426614174000\"} 1\n")
	want(t, g.do("POST", "/metrics/job/sum?aggregate=delta", "# TYPE s_total counter\ns_total 1\n",
		"Headgate-Producer", "p", "Headgate-Sequence", "1"), 200)
	g.do("POST", "/metrics/job/failed", "m 1 5\n")
	tellOfRuns(t, g)
	for _, c := range []struct{ method, target, body, schema string }{
		{"GET", "/api/v1/groups", "", "Groups"},
		{"GET", "/api/v1/metrics", "", "Metrics"},
		{"GET", "/api/v1/lint", "", "Findings"},
		{"GET", "/api/v1/runs", "", "Runs"},
		{"GET", "/api/v1/runs?limit=x", "", "Error"},
		{"GET", "/api/v1/status", "", "Status"},
		{"GET", "/api/v1/groups/job/sum/pushers", "", "Pushers"},
		{"GET", "/api/v1/groups/job/none/pushers", "", "Error"},
		{"GET", "/api/v1/groups?match[]={", "", "Error"},
		{"DELETE", "/api/v1/groups", "", "Error"},
		{"DELETE", `/api/v1/groups?dry_run=1&match[]={job="a"}`, "", "Deleted"},
		{"DELETE", `/api/v1/groups?match[]={job="a"}`, "", "Deleted"},
		{"POST", "/api/v1/groups/undo", "", "Undone"},
		{"POST", "/api/v1/groups/undo", "", "Error"},
		{"GET", "/api/v1/audit", "", "Audit"},
		{"POST", "/api/v1/push?job=j", `[{"name":"q","value":1}]`, "Pushed"},
		{"POST", "/api/v1/push?job=j", `[{"name":"q"}]`, "Error"},
	} {
		answer := g.do(c.method, c.target, c.body, "Content-Type", "application/json")
		v, err := jsonschema.UnmarshalJSON(answer.Body)
		if err == nil {
			err = schemas.of(t, c.schema).Validate(v)
		}
		if err != nil {
			t.Errorf("%s %s: status %d: %v", c.method, c.target, answer.Code, err)
		}
	}
}

// All that the description refers to is in it, and all that it defines is referred to.
func TestOpenAPIRefersToWhatItHas(t *testing.T) {
	o := readOpenAPI(t)
	refs := map[string]bool{}
	collectRefs(o.doc, refs)
	have := map[string]bool{}
	for kind, defs := range o.doc.(map[string]any)["components"].(map[string]any) {
		for name := range defs.(map[string]any) {
			have["#/components/"+kind+"/"+name] = true
		}
	}
	for _, ref := range slices.Sorted(maps.Keys(refs)) {
		if !have[ref] {
			t.Errorf("%s is not there", ref)
		}
	}
	for _, def := range slices.Sorted(maps.Keys(have)) {
		if !refs[def] {
			t.Errorf("nothing refers to %s", def)
		}
	}
}

func collectRefs(v any, refs map[string]bool) {
	switch v := v.(type) {
	case map[string]any:
		if ref, ok := v["$ref"].(string); ok {
			refs[ref] = true
		}
		required, _ := v["security"].([]any)
		for _, schemes := range required {
			for name := range schemes.(map[string]any) {
				refs["#/components/securitySchemes/"+name] = true
			}
		}
		for _, below := range v {
			collectRefs(below, refs)
		}
	case []any:
		for _, below := range v {
			collectRefs(below, refs)
		}
	}
}

type schemas struct{ compiler *jsonschema.Compiler }

func newSchemas(t *testing.T) schemas {
	t.Helper()
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	c.AssertFormat()
	if err := c.AddResource("openapi.json", readOpenAPI(t).doc); err != nil {
		t.Fatal(err)
	}
	return schemas{c}
}

func (s schemas) of(t *testing.T, name string) *jsonschema.Schema {
	t.Helper()
	schema, err := s.compiler.Compile("openapi.json#/components/schemas/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return schema
}
