package top

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/headgate/headgate/internal/client"
)

// noon is when all tests take place.
var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// fake is a gateway with a few groups, a clock and a memory of what it was asked.
type fake struct {
	now    time.Time
	gone   error // why it doesn't answer
	pushes int   // to it, and to each group
	asked  []string
}

func newFake() *fake { return &fake{now: noon} }

func (f *fake) ask(_ context.Context, method, path string, query url.Values) ([]byte, error) {
	q, _ := url.QueryUnescape(query.Encode())
	f.asked = append(f.asked, strings.TrimSpace(method+" "+path+" "+q))
	if f.gone != nil {
		return nil, f.gone
	}
	switch {
	case path == "metrics":
		return []byte(f.metrics()), nil
	case method == "GET" && path == "api/v1/groups":
		return []byte(`{"status":"success","matched":1234,"failing":1,"overdue":1,"data":[` + f.groups() + `]}`), nil
	case method == "DELETE":
		return []byte(`{"status":"success","data":{"deleted":1,"id":"u1","groups":[{"labels":{"job":"etl"}}]}}`), nil
	case path == "api/v1/groups/undo":
		return []byte(`{"status":"success","data":{"id":"u1","restored":1,"series":3,"skipped":[]}}`), nil
	case path == "api/v1/metrics":
		return []byte(`{"status":"success","data":[{"labels":{"job":"etl"},"last_push_successful":false,"rows":{"time_stamp":"2026-03-01T11:00:00Z","type":"GAUGE","help":"Rows.","metrics":[{},{}]}}]}`), nil
	case path == "api/v1/lint":
		return []byte(`{"status":"success","data":{"groups":[{"findings":[{"rule":"name-unit","metric":"rows","message":"is in \"ms\"\u001b[31m"}]}]}}`), nil
	case strings.HasSuffix(path, "/pushers"):
		return []byte(`{"status":"success","data":{"pushers":[{"name":"w1","pushes":12,"samples":24,"last_push":"2026-03-01T11:59:00Z"}]}}`), nil
	}
	return nil, errors.New("no such path: " + path)
}

func (f *fake) groups() string {
	at := func(ago time.Duration) string { return f.now.Add(-ago).Format(`"` + time.RFC3339Nano + `"`) }
	const form = `{"labels":%s,"last_push":%s,"last_failure":%s,"last_push_successful":%t,"expires":%s,"expect_seconds":%d,"overdue":%t,"aggregate":%q,"families":3,"series":%d,"bytes":%d}`
	return strings.Join([]string{
		fmt.Sprintf(form, `{"job":"etl"}`, at(time.Hour), at(time.Minute), false, "null", 0, false, "none", 12, 1200),
		fmt.Sprintf(form, `{"job":"backup","instance":"db1.example.org","zone":"eu-central-1"}`, at(27*time.Hour), "null", true, at(-24*time.Hour), 93600, true, "none", 3, 200),
		fmt.Sprintf(form, `{"job":"workers"}`, at(time.Second), "null", true, "null", 0, false, "delta", 123456, 9_400_000),
		fmt.Sprintf(form, `{"job":"evil\u001b[2J","instance":"日本語"}`, at(9*time.Second), "null", true, "null", 0, false, "none", 3, 90),
	}, ",")
}

func (f *fake) metrics() string {
	return fmt.Sprintf(`headgate_groups 1234
headgate_series 125000
headgate_resident_bytes 9.8e+06
headgate_pushes_total{method="PUT",reason="",result="accepted"} %[1]d
headgate_pushes_total{method="PUT",reason="limit",result="refused"} %[2]d
headgate_pushes_total{method="DELETE",reason="",result="accepted"} 99
# TYPE headgate_push_duration_seconds histogram
headgate_push_duration_seconds_bucket{method="PUT",le="+Inf"} %[1]d
headgate_push_duration_seconds_sum{method="PUT"} %[3]g
headgate_push_duration_seconds_count{method="PUT"} %[1]d
# TYPE headgate_journal_sync_duration_seconds histogram
headgate_journal_sync_duration_seconds_bucket{le="+Inf"} %[1]d
headgate_journal_sync_duration_seconds_sum %[3]g
headgate_journal_sync_duration_seconds_count %[1]d
headgate_journal_failing 0
headgate_journal_queue_entries 2
headgate_journal_unsnapshotted_bytes 1.5e+06
headgate_journal_snapshot_timestamp_seconds %[4]d
headgate_scrapers 2
headgate_scrape_pages_rebuilt_total %[1]d
headgate_scrape_cached_bytes 300000
headgate_limit_usage_ratio{limit="limit-series"} 0.25
headgate_limit_usage_ratio{limit="limit-group-series"} 1.2
headgate_limit_usage_ratio{limit="limit-job-series"} 0.85
`, f.pushes, f.pushes/10, float64(f.pushes)/2000, noon.Add(-3*time.Minute).Unix())
}

// screen is a Model with the gateway that it asks, without a terminal.
type screen struct {
	*Model
	fake *fake
}

func newScreen(t *testing.T, width, height int) *screen {
	t.Helper()
	f := newFake()
	m := New(t.Context(), Options{Gateway: client.Gateway{Ask: f.ask}, Name: "http://gateway:9091", Every: 2 * time.Second, Now: func() time.Time { return f.now }})
	s := &screen{m, f}
	s.Update(tea.WindowSizeMsg{Width: width, Height: height})
	s.poll()
	return s
}

// poll looks once more.
func (s *screen) poll() { s.Update(s.Model.poll()()) }

// pass lets time pass, in which pushes come, and looks.
func (s *screen) pass(d time.Duration, pushes int) {
	s.fake.now = s.fake.now.Add(d)
	s.fake.pushes += pushes
	s.poll()
}

// press presses keys and takes in what they ask for, but for waiting.
func (s *screen) press(keys ...string) {
	for _, key := range keys {
		k := tea.KeyPressMsg{Text: key}
		switch key {
		case "enter":
			k = tea.KeyPressMsg{Code: tea.KeyEnter}
		case "esc":
			k = tea.KeyPressMsg{Code: tea.KeyEscape}
		case "down":
			k = tea.KeyPressMsg{Code: tea.KeyDown}
		case "end":
			k = tea.KeyPressMsg{Code: tea.KeyEnd}
		case "backspace":
			k = tea.KeyPressMsg{Code: tea.KeyBackspace}
		default:
			k.Code = []rune(key)[0]
		}
		_, cmd := s.Update(k)
		s.take(cmd)
	}
}

// take runs a command and those that come of it. A poll is the end: it only waits.
func (s *screen) take(cmd tea.Cmd) {
	if cmd == nil {
		return
	}
	switch msg := cmd().(type) {
	case tea.BatchMsg:
		for _, one := range msg {
			s.take(one)
		}
	case polled:
		s.Update(msg)
	default:
		_, next := s.Update(msg)
		s.take(next)
	}
}
