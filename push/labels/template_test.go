package labels

import "testing"

// A path becomes the template it fits, literal segments before parameters.
func TestTemplate(t *testing.T) {
	var root template
	for _, text := range []string{
		"/", "/users/:id", "/users/me", "/users/:id/orders/{order}", "/static/*", "/files/{path...}", "/users/me/:tab/x", "/a/:b/c/", "/:x/y/z",
	} {
		if err := root.add(text); err != nil {
			t.Fatal(err)
		}
	}
	for path, want := range map[string]string{
		"/":                     "/",
		"":                      "",
		"users/1":               "",
		"/users":                "",
		"/users/":               "",
		"/users/1":              "/users/:id",
		"/users/1/":             "/users/:id",
		"/users/1?x=/2":         "/users/:id",
		"/users/1#top":          "/users/:id",
		"/users/me":             "/users/me",
		"/users/me/orders/2":    "/users/:id/orders/{order}",
		"/users/me/orders/x":    "/users/me/:tab/x",
		"/users/me/settings/x":  "/users/me/:tab/x",
		"/users//orders/2":      "",
		"/users/1/orders":       "",
		"/users/1/orders/2/3":   "",
		"/static":               "/static/*",
		"/static/a/b.css":       "/static/*",
		"/files/a/b/c":          "/files/{path...}",
		"/a/1/c":                "/a/:b/c/",
		"/static/../users/1":    "/static/*",
		"/b/y/z":                "/:x/y/z",
		"/users/y/z":            "/:x/y/z",
		"https://host/users/1":  "",
		"/users/1/orders/2?a=b": "/users/:id/orders/{order}",
	} {
		if got := root.find(path); got != want {
			t.Errorf("%q became %q, want %q", path, got, want)
		}
	}
}

// Segments that look like identifiers are replaced, words and versions aren't.
func TestTemplateIDs(t *testing.T) {
	for path, want := range map[string]string{
		"/users/123":      "/users/:id",
		"/users/123/edit": "/users/:id/edit",
		"/o/123e4567-e89b-12d3-a456-426614174000": "/o/:id",
		"/c/5f2b9c1e":                         "/c/:id",
		"/c/d41d8cd98f00b204e9800998ecf8427e": "/c/:id",
		"/c/deadbeef":                         "/c/deadbeef",
		"/t/01ARZ3NDEKTSV4RRFFQ69G5FAV":       "/t/:id",
		"/m/anna@example.org":                 "/m/:id",
		"/ip/10.0.0.1/x":                      "/ip/:id/x",
		"/api/v1/query_range?query=up":        "/api/v1/query_range",
		"/api/v2/e2e/us-east-1":               "/api/v2/e2e/us-east-1",
		"17":                                  ":id",
		"/":                                   "/",
		"":                                    "",
		"//1/":                                "//:id/",
	} {
		if got := templateIDs(path); got != want {
			t.Errorf("%q became %q, want %q", path, got, want)
		}
	}
}
