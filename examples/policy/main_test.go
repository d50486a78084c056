package main

import (
	"fmt"
	"net/http/httptest"
	"slices"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/headgate/headgate/examples/internal/stage"
	"github.com/headgate/headgate/push/labels"
)

func TestMain(m *testing.M) { stage.Main(m, main) }

// The requests of all users are one series at the gateway, those of all scanners another.
func TestService(t *testing.T) {
	stage.Each(t, func(t *testing.T, gw stage.Gateway) {
		process := stage.Start(t, gw.URL(), "-listen", "localhost:0")
		address := process.After("listening on ")
		for user := range 5 {
			stage.Get(t, fmt.Sprintf("http://%s/users/%d", address, user))
			stage.Get(t, fmt.Sprintf("http://%s/wp-admin/%d.php", address, user))
		}
		process.Stop()
		if got := process.Wait(); got.Code != 0 {
			t.Fatalf("want a service that was stopped to end well, got %+v", got)
		}
		for _, path := range []string{"/users/:id", labels.OtherValue} {
			if n := gw.Value("http_requests_total", "job", "users", "path", path, "method", "GET", "network", "local"); n != 5 {
				t.Errorf("%v requests of %s, want 5", n, path)
			}
		}
		if _, ok := gw.Lookup("headgate_client_label_losses_total", "reason", "merged"); !ok {
			t.Error("what the policy takes away isn't counted")
		}
	})
}

// No label of the service is without end once the policy was applied, and Vet would
// tell: without the policy it finds the paths and the addresses. A test like this one
// in every service shows the label that somebody adds without a thought.
func TestPolicy(t *testing.T) {
	registry := prometheus.NewRegistry()
	handler := counted(registry, routes())
	for user := range 20 {
		r := httptest.NewRequest("GET", fmt.Sprintf("/users/%d/orders/%d", user, 1000+user), nil)
		r.RemoteAddr = fmt.Sprintf("10.1.2.%d:4711", user)
		handler.ServeHTTP(httptest.NewRecorder(), r)
	}
	policy, err := newPolicy()
	if err != nil {
		t.Fatal(err)
	}
	findings, err := labels.Vet(policy.Gatherer(registry))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range findings {
		t.Error(f)
	}

	raw, err := labels.Vet(registry)
	if err != nil {
		t.Fatal(err)
	}
	for _, rule := range []string{"label-path", "label-ip"} {
		if !slices.ContainsFunc(raw, func(f labels.Finding) bool { return f.Rule == rule }) {
			t.Errorf("without the policy Vet finds no %s, but %v", rule, raw)
		}
	}
}
