package scrape

import (
	"fmt"
	"slices"
	"testing"

	"github.com/headgate/headgate/internal/expo"
)

// Names that escaping makes equal stay apart: no family is declared twice, no
// series name belongs to two families, no label stands twice in a series.
func TestEscapedNamesStayApart(t *testing.T) {
	book := new(Book)
	owner := NewOwner([]expo.Label{{Name: "job", Value: "a"}})
	insert := func(f *Family, m expo.Metric) *Block {
		text, rich := content(f, []expo.Metric{m})
		blk := &Block{Family: f, Owner: owner}
		book.SetText(blk, text, rich)
		book.Insert(blk)
		return blk
	}
	labels := []expo.Label{{Name: "..name..", Value: "1"}, {Name: "a b", Value: "2"}, {Name: "a.b", Value: "3"}, {Name: "a_b", Value: "4"}, {Name: "a_b_", Value: "5"}}
	insert(&Family{Name: "m.x", Type: expo.Gauge}, expo.Metric{Labels: labels})
	insert(&Family{Name: "m:y", Type: expo.Gauge}, expo.Metric{})
	clash := insert(&Family{Name: "m_x", Type: expo.Gauge}, expo.Metric{})
	insert(&Family{Name: "s.x", Type: expo.Summary}, expo.Metric{Summary: &expo.SummaryValue{}})
	insert(&Family{Name: "s_x_count", Type: expo.Gauge}, expo.Metric{})
	h := newHandler(book)

	want := []string{"m:y", "m_x", "m_x_", "s_x_", "s_x_count"}
	for range 2 { // the second time from the cache
		for _, accept := range []string{"text/plain;version=0.0.4", accepts()[2], accepts()[4]} {
			for _, query := range []string{"", "match[]={__name__!=%22%22}"} {
				resp, body := scrape(t, h, "GET", query, map[string]string{"Accept": accept})
				var got []string
				for _, f := range decode(t, resp.Header, body) {
					got = append(got, f.GetName())
					if f.GetName() == "m_x_" {
						checkLabels(t, accept, f.Metric[0].Label)
					}
				}
				slices.Sort(got)
				if !slices.Equal(got, want) {
					t.Errorf("%q %q: families %q, want %q", accept, query, got, want)
				}
			}
		}
	}
	book.Remove(clash)
	resp, body := scrape(t, h, "GET", "", nil)
	if fams := decode(t, resp.Header, body); len(fams) != 4 || fams[1].GetName() != "m_x" {
		t.Errorf("m.x isn't m_x after that has gone:\n%s", body)
	}
}

func checkLabels[L interface {
	GetName() string
	GetValue() string
}](t *testing.T, accept string, labels []L) {
	t.Helper()
	var got []string
	for _, l := range labels {
		got = append(got, fmt.Sprintf("%s=%s", l.GetName(), l.GetValue()))
	}
	slices.Sort(got)
	if want := []string{"__name___=1", "a_b=4", "a_b_=5", "a_b__=2", "a_b___=3"}; !slices.Equal(got, want) {
		t.Errorf("%q: labels %q, want %q", accept, got, want)
	}
}

// Escaping that makes nothing equal is that of Prometheus's library.
func TestEscapingIsPrometheuss(t *testing.T) {
	for _, e := range []expo.Escaping{expo.EscapeUnderscores, expo.EscapeDots, expo.EscapeValues, expo.AllowUTF8} {
		make := func() *expo.Family {
			return &expo.Family{Name: "http.time_é", Metrics: []expo.Metric{{Labels: []expo.Label{{Name: "a.b"}, {Name: "c"}, {Name: "ü:"}}}}}
		}
		got, want := make(), make()
		(&naming{escaping: e}).escape(got)
		expo.Escape(want, e)
		if got.Name != want.Name || !slices.Equal(got.Metrics[0].Labels, want.Metrics[0].Labels) {
			t.Errorf("%s: %q %q, want %q %q", e, got.Name, got.Metrics[0].Labels, want.Name, want.Metrics[0].Labels)
		}
	}
}
