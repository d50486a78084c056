package e2e

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const dashboardFiles = deployed + "grafana/dashboards/*.json"

// silent are the panels that have nothing to show while all is as it is here, and why.
var silent = map[string]string{
	"headgate-gateway/Jobs near a limit": "no job of the demo uses half of a limit",
	"headgate-jobs/Missed a run today":   "a run is missed minutes after it was due, at the earliest",
}

// Grafana knows each key and unit in the dashboards.
func TestDashboardsAreGrafanas(t *testing.T) {
	program := filepath.Join(t.TempDir(), "grafana")
	runTool(t, "tools/grafana", "go", "build", "-buildvcs=false", "-o", program, ".")
	runTool(t, "", append([]string{program}, files(t, dashboardFiles)...)...)
}

// Each panel and each variable has data in a Prometheus that scrapes the demo, and the labels
// that its legend names.
func TestDashboardsHaveData(t *testing.T) {
	t.Parallel()
	g := startDemo(t)
	feed(t, g)
	p := runPrometheus(t, scrapeConfig("headgate", g, ""))
	known := map[string]bool{}
	var waiting []panelQuery
	for _, q := range panelQueries(t) {
		known[q.panel] = true
		if silent[q.panel] == "" {
			waiting = append(waiting, q)
		} else if _, err := p.series(q.expr); err != nil {
			t.Errorf("%s: %v", q.panel, err)
		}
	}
	eventually(t, "all panels have data", func() (all error) {
		waiting = slices.DeleteFunc(waiting, func(q panelQuery) bool {
			err := p.shows(q)
			if err != nil {
				all = errors.Join(all, fmt.Errorf("%s: %w", q.panel, err))
			}
			return err == nil
		})
		return all
	})
	for panel := range silent {
		if !known[panel] {
			t.Errorf("there is no panel %q to be silent", panel)
		}
	}
}

// startDemo waits until the demo says where its gateway is, and that this is ready.
func startDemo(t *testing.T) *gateway {
	t.Helper()
	g := &gateway{process: start(t, binary, "demo", "--listen=127.0.0.1:0")}
	address := regexp.MustCompile(`http://[\w.:]+`)
	eventually(t, "demo ready", func() error {
		if g.url = address.FindString(g.out.String()); g.url == "" {
			return errors.New("it does not say where it listens")
		}
		status, body, err := request(http.MethodGet, g.url+"/-/ready", nil, nil)
		if err == nil && status != http.StatusOK {
			err = fmt.Errorf("ready: status %d: %s", status, body)
		}
		return err
	})
	return g
}

// panelQuery is one query of a panel, without Grafana's variables.
type panelQuery struct {
	panel        string // dashboard/title
	expr, legend string
}

// everything is what the variables are when a dashboard opens.
var everything = strings.NewReplacer("$__rate_interval", "1m", "$job", ".*", "$instance", ".*", "$target", ".*")

func panelQueries(t *testing.T) (all []panelQuery) {
	t.Helper()
	for _, name := range files(t, dashboardFiles) {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var d struct {
			UID    string
			Panels []struct {
				Title   string
				Targets []struct{ Expr, LegendFormat string }
			}
			Templating struct {
				List []struct {
					Name, Type string
					Query      any
				}
			}
		}
		if err := json.Unmarshal(text, &d); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for _, v := range d.Templating.List {
			if m := labelValues.FindStringSubmatch(fmt.Sprint(v.Query)); m != nil {
				all = append(all, panelQuery{d.UID + "/$" + v.Name, everything.Replace(m[1]), "{{" + m[2] + "}}"})
			} else if v.Type == "query" {
				t.Errorf("%s: variable %s: query %v: want label_values", name, v.Name, v.Query)
			}
		}
		for _, p := range d.Panels {
			for _, q := range p.Targets {
				all = append(all, panelQuery{d.UID + "/" + p.Title, everything.Replace(q.Expr), q.LegendFormat})
			}
		}
	}
	return all
}

// labelValues is the query of a variable: those that the series have of a label.
var labelValues = regexp.MustCompile(`label_values\((.*), (\w+)\)`)

var legendLabel = regexp.MustCompile(`\{\{(\w+)\}\}`)

// shows is an error if a query has no number to show, or no label that its legend names.
func (p *promServer) shows(q panelQuery) error {
	found, err := p.series(q.expr)
	if err != nil {
		return err
	}
	labels := map[string]bool{}
	numbers := 0
	for _, s := range found {
		if value, _ := s.Value[1].(string); value != "NaN" {
			numbers++
		}
		for name := range s.Metric {
			labels[name] = true
		}
	}
	if numbers == 0 {
		return fmt.Errorf("query %s: no data (series: %d)", q.expr, len(found))
	}
	for _, m := range legendLabel.FindAllStringSubmatch(q.legend, -1) {
		if !labels[m[1]] {
			return fmt.Errorf("query %s: no series has the label %q of the legend %q", q.expr, m[1], q.legend)
		}
	}
	return nil
}

type promSeries struct {
	Metric map[string]string
	Value  [2]any
}

// series returns what an instant query finds.
func (p *promServer) series(expr string) ([]promSeries, error) {
	status, body, err := request(http.MethodGet, p.url+"/api/v1/query?query="+url.QueryEscape(expr), nil, nil)
	if err != nil {
		return nil, err
	}
	var answer struct {
		Error string
		Data  struct{ Result []promSeries }
	}
	if err := errors.Join(err, json.Unmarshal(body, &answer)); err != nil {
		return nil, fmt.Errorf("query %s: status %d: %w", expr, status, err)
	}
	if answer.Error != "" {
		return nil, fmt.Errorf("query %s: %s", expr, answer.Error)
	}
	return answer.Data.Result, nil
}
