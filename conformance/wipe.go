package conformance

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// Wipe empties the gateway: through the admin API, or, where that is not
// enabled, by deleting each group that the API lists.
func Wipe(ctx context.Context, base *url.URL, prefix string) error {
	a, err := Send(ctx, base, http.MethodPut, prefix+"/api/v1/admin/wipe", nil, nil)
	if err != nil || a.Status == http.StatusAccepted {
		return err
	}
	if a.Status != http.StatusNotFound {
		return fmt.Errorf("wipe: want status 202, or 404 if the admin API is off, got %d: %s", a.Status, a.Body)
	}
	a, err = Send(ctx, base, http.MethodGet, prefix+"/api/v1/metrics", nil, nil)
	if err != nil {
		return err
	}
	var list struct {
		Data []struct{ Labels map[string]string }
	}
	if err := json.Unmarshal(a.Body, &list); err != nil {
		return fmt.Errorf("list of groups: %w", err)
	}
	for _, group := range list.Data {
		path := prefix + GroupPath(group.Labels)
		if a, err = Send(ctx, base, http.MethodDelete, path, nil, nil); err != nil {
			return err
		}
		if a.Status != http.StatusAccepted {
			return fmt.Errorf("DELETE %s: want status 202, got %d: %s", path, a.Status, a.Body)
		}
	}
	return nil
}

// GroupPath returns the path that addresses the group with these labels, job
// among them. Values travel as base64, so any value can be addressed.
func GroupPath(labels map[string]string) string {
	encode := func(value string) string {
		if value == "" {
			return "="
		}
		return base64.RawURLEncoding.EncodeToString([]byte(value))
	}
	var b strings.Builder
	b.WriteString("/metrics/job@base64/" + encode(labels["job"]))
	for _, name := range slices.Sorted(maps.Keys(labels)) {
		if name != "job" {
			b.WriteString("/" + name + "@base64/" + encode(labels[name]))
		}
	}
	return b.String()
}
