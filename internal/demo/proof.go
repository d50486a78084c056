package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

// Proof is what the workers counted beside what the gateway shows.
type Proof struct {
	Sums   []Sum  `json:"sums"`
	Faults Faults `json:"faults"`
	Lost   string `json:"lost,omitempty"` // what a worker couldn't deliver
}

// Sum is one series of the workers.
type Sum struct {
	Series  string `json:"series"`
	Counted int64  `json:"counted"`
	Shown   int64  `json:"shown"`
}

// Err says how many sums are wrong and the first of them, or what a worker lost.
func (p *Proof) Err() error {
	var wrong []Sum
	for _, s := range p.Sums {
		if s.Counted != s.Shown {
			wrong = append(wrong, s)
		}
	}
	switch {
	case len(wrong) > 0:
		return fmt.Errorf("%d of %d sums are wrong: %s is %d: want the %d that the workers counted",
			len(wrong), len(p.Sums), wrong[0].Series, wrong[0].Shown, wrong[0].Counted)
	case p.Lost != "":
		return fmt.Errorf("a worker could not deliver what it counted: %s", p.Lost)
	}
	return nil
}

// Total is what the workers counted in all.
func (p *Proof) Total() (n int64) {
	for _, s := range p.Sums {
		n += s.Counted
	}
	return n / seriesOfKind
}

// seriesOfKind is how many series tell the same: the counter, and the histogram's count.
const seriesOfKind = 2

// prove scrapes the gateway as Prometheus would.
func (s *Show) prove(ctx context.Context) (Proof, error) {
	p := Proof{Faults: s.workers.network.counts()}
	shown, err := scrape(ctx, s.stage.url+"/metrics")
	if err != nil {
		return p, fmt.Errorf("scraping the demo's gateway: %w", err)
	}
	for i, kind := range kinds {
		for _, name := range [seriesOfKind]string{"thumbnails_total", "thumbnail_seconds_count"} {
			series := fmt.Sprintf("%s{job=%q,kind=%q}", name, workersJob, kind)
			p.Sums = append(p.Sums, Sum{Series: series, Counted: s.workers.counted[i].Load(), Shown: shown[series]})
		}
	}
	return p, nil
}

// scrape reads the workers' series of a metrics page.
func scrape(ctx context.Context, url string) (map[string]int64, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("answered %s: want 200", resp.Status)
	}
	samples := expfmt.SampleDecoder{
		Dec:  expfmt.NewDecoder(resp.Body, expfmt.ResponseFormat(resp.Header)),
		Opts: &expfmt.DecodeOptions{Timestamp: model.TimeFromUnixNano(time.Now().UnixNano())},
	}
	shown := map[string]int64{}
	for {
		var family model.Vector
		if err := samples.Decode(&family); errors.Is(err, io.EOF) {
			return shown, nil
		} else if err != nil {
			return nil, err
		}
		for _, s := range family {
			if s.Metric["job"] == workersJob {
				shown[fmt.Sprintf("%s{job=%q,kind=%q}", s.Metric["__name__"], workersJob, s.Metric["kind"])] = int64(s.Value)
			}
		}
	}
}
