package pushtest

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// answer is what a client got.
type answer struct {
	status int
	header http.Header
	body   string
}

// send makes a request, with headers as names and values in turns.
func send(t *testing.T, g *Gateway, method, path, body string, headers ...string) (answer, error) {
	t.Helper()
	return sendCtx(t.Context(), g, method, path, strings.NewReader(body), headers...)
}

func sendCtx(ctx context.Context, g *Gateway, method, path string, body io.Reader, headers ...string) (answer, error) {
	r, err := http.NewRequestWithContext(ctx, method, g.URL()+path, body)
	if err != nil {
		return answer{}, err
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	resp, err := g.Client().Do(r)
	if err != nil {
		return answer{}, err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	return answer{resp.StatusCode, resp.Header, string(b)}, err
}

// must sends a request that is to be answered with status.
func must(t *testing.T, g *Gateway, status int, method, path, body string, headers ...string) answer {
	t.Helper()
	a, err := send(t, g, method, path, body, headers...)
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	if a.status != status {
		t.Fatalf("%s %s: want status %d, got %d: %s", method, path, status, a.status, a.body)
	}
	return a
}

func wantValue(t *testing.T, g *Gateway, want float64, name string, labels ...string) {
	t.Helper()
	if got := g.Value(name, labels...); got != want {
		t.Errorf("%s%q: want %v, got %v", name, labels, want, got)
	}
}

// PUT replaces a group, POST replaces families in it, DELETE removes it.
func TestPushAPI(t *testing.T) {
	g := New(t)
	must(t, g, 200, "PUT", "/metrics/job/j", "a 1\nb 2\n")
	must(t, g, 200, "POST", "/metrics/job/j", "b 3\n")
	wantValue(t, g, 1, "a", "job", "j")
	wantValue(t, g, 3, "b")
	must(t, g, 200, "PUT", "/metrics/job/j", "c 4\n")
	if v, ok := g.Lookup("a"); ok {
		t.Errorf("a is %v after a PUT without it", v)
	}
	must(t, g, 202, "DELETE", "/metrics/job/j", "")
	if groups := g.Groups(); len(groups) != 0 {
		t.Errorf("groups after a DELETE: %v", groups)
	}
	if n := g.Applied(); n != 4 {
		t.Errorf("want 4 applied, got %d", n)
	}
}
