package gateway

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
)

// stepJSON pushes one or more families as JSON, well formed or not.
func (h *hostile) stepJSON() {
	var entries []map[string]any
	for range 1 + h.rng.IntN(3) {
		entries = append(entries, h.jsonFamily()...)
	}
	body, err := json.Marshal(entries)
	if err != nil {
		h.t.Fatal(err)
	}
	query := url.Values{"job": {h.pick("a", "b")}}
	if h.rng.IntN(2) == 0 {
		query.Set("grouping", h.pick("", "", h.label()))
	}
	code, answer := do(h.t, h.g.Handler(), http.MethodPost, "/api/v1/push?"+query.Encode(), string(body))
	if code != http.StatusOK && code != http.StatusBadRequest && code != http.StatusUnprocessableEntity {
		h.t.Fatalf("%s\n%s\nanswered %d %s", query, body, code, answer)
	}
}

func (h *hostile) jsonFamily() (entries []map[string]any) {
	name, typ := h.name(), h.pick("", "counter", "gauge", "summary", "histogram", "untyped")
	help := h.pick("", `a\`+"\n\r\"b")
	add := func(name string, labels map[string]string, own ...string) {
		e := map[string]any{"name": name, "value": h.rng.IntN(9), "labels": labels, "help": help}
		if len(own) == 2 {
			e["labels"] = withLabel(labels, own[0], own[1])
		}
		if typ != "" {
			e["type"] = typ
		}
		if h.rng.IntN(2) == 0 {
			e["timestamp"] = 1_700_000_000_000 + h.rng.IntN(2)
		}
		entries = append(entries, e)
	}
	for range 1 + h.rng.IntN(2) {
		labels := map[string]string{}
		for range h.rng.IntN(3) {
			labels[h.label()] = h.pick("", "1", "\x00", `a,"b"={`, "\r\n", `\`, "\u2028")
		}
		switch typ {
		case "histogram":
			add(name+"_bucket", labels, "le", h.pick("1", "+Inf", "1.0", "2"))
			add(name+"_sum", labels)
			add(name+"_count", labels)
		case "summary":
			add(name, labels, "quantile", h.pick("0.5", "0.50", "NaN"))
			add(name+"_sum", labels)
			add(strings.TrimSuffix(name, "_total")+"_count", labels)
		default:
			add(name, labels)
		}
	}
	return entries
}

func withLabel(labels map[string]string, name, value string) map[string]string {
	all := map[string]string{name: value}
	for n, v := range labels {
		if n != name {
			all[n] = v
		}
	}
	return all
}
