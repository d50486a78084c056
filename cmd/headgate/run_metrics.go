package main

import (
	"fmt"
	"os"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"

	"github.com/headgate/headgate/internal/job"
)

// metricsVariable names the file for the command's own metrics, in its environment.
const metricsVariable = "HEADGATE_METRICS"

// ownMetrics is the file for the command's own metrics.
type ownMetrics struct {
	herald   *herald
	name     string // "" if there could be none
	reserved []string
}

func newOwnMetrics(h *herald, reserved []string) *ownMetrics {
	f, err := os.CreateTemp("", "headgate-*.prom")
	if err == nil {
		err = f.Close()
	}
	if err != nil {
		h.warn("no file for %s: %v", metricsVariable, err)
		return &ownMetrics{herald: h}
	}
	return &ownMetrics{herald: h, name: f.Name(), reserved: reserved}
}

// env is empty where there is no file: what the variable is otherwise is another run's.
func (m *ownMetrics) env() []string { return []string{metricsVariable + "=" + m.name} }

// gatherer returns what was written, nil if that is nothing. It names bad lines.
func (m *ownMetrics) gatherer() prometheus.Gatherer {
	if m.name == "" {
		return nil
	}
	families, bad := job.ReadMetrics(m.name, m.reserved)
	const most = 20
	for i, err := range bad {
		if i == most {
			m.herald.warn("%s: %d more lines are bad", metricsVariable, len(bad)-most)
			break
		}
		m.herald.warn("%s: %v", metricsVariable, err)
	}
	if len(families) == 0 {
		return nil
	}
	return prometheus.GathererFunc(func() ([]*dto.MetricFamily, error) { return families, nil })
}

func (m *ownMetrics) clear() {
	if m.name == "" {
		return
	}
	if err := os.WriteFile(m.name, nil, 0o600); err != nil {
		m.herald.warn("%s: %v", metricsVariable, err)
	}
}

func (m *ownMetrics) remove() {
	if m.name == "" {
		return
	}
	if err := os.Remove(m.name); err != nil && !os.IsNotExist(err) {
		fmt.Fprintf(m.herald.out, "headgate: %v\n", err)
	}
}
