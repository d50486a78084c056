package scrape

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/common/expfmt"
	prom "github.com/prometheus/common/model"

	dto "github.com/prometheus/client_model/go"

	"github.com/headgate/headgate/internal/expo"
)

// fill returns a book of a few families in groups job=j00 to j39, with a name
// outside the legacy character set, a histogram, and the gateway's own metric.
func fill() *Book {
	book := new(Book)
	add := func(f *Family, owner *Owner, m expo.Metric) {
		m.Labels = append(slices.Clone(owner.Labels()), m.Labels...)
		text, rich := content(f, []expo.Metric{m})
		blk := &Block{Owner: owner}
		book.SetText(blk, text, rich)
		book.Insert(f, blk)
	}
	gauge := &Family{Name: "batch_records", Type: expo.Gauge, Help: "Records seen.", HasHelp: true}
	counter := &Family{Name: "runs_total", Type: expo.Counter}
	dotted := &Family{Name: "spring.beans", Type: expo.Gauge}
	histogram := &Family{Name: "step_seconds", Type: expo.Histogram, Unit: "seconds", Help: "Time.", HasHelp: true}
	summary := &Family{Name: "wait_seconds", Type: expo.Summary}
	for i := range 40 {
		owner := NewOwner([]expo.Label{{Name: "instance"}, {Name: "job", Value: fmt.Sprintf("j%02d", i)}})
		add(gauge, owner, expo.Metric{Value: float64(i)})
		add(counter, owner, expo.Metric{Value: float64(i), Created: &expo.Timestamp{Seconds: 1700000000}})
		add(dotted, owner, expo.Metric{Value: 0.5, Labels: []expo.Label{{Name: "bean.name", Value: strings.Repeat("b", 1500)}}})
		add(histogram, owner, expo.Metric{Histogram: &expo.HistogramValue{Count: 3, Sum: 4, Buckets: []expo.Bucket{
			{UpperBound: 0.5, Count: 1}, {UpperBound: 2, Count: 2}, {UpperBound: math.Inf(1), Count: 3}}}})
		add(summary, owner, expo.Metric{Summary: &expo.SummaryValue{Count: 3, Sum: 4, Quantiles: []expo.Quantile{{Quantile: 0.9, Value: 2}}}})
	}
	add(&Family{Name: "headgate_up", Type: expo.Gauge}, NewOwner(nil), expo.Metric{Value: 1})
	return book
}

// scrape asks the handler and returns the answer, with its body decompressed.
func scrape(t *testing.T, h *Handler, method, query string, header map[string]string) (*http.Response, string) {
	t.Helper()
	r := httptest.NewRequest(method, "/metrics?"+query, nil)
	for name, value := range header {
		r.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	resp := w.Result()
	var body io.Reader = resp.Body
	if resp.Header.Get("Content-Encoding") == "gzip" && method != http.MethodHead {
		zip, err := gzip.NewReader(body)
		if err != nil {
			t.Fatal(err)
		}
		body = zip
	}
	data, err := io.ReadAll(body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(data)
}

func newHandler(book *Book) *Handler {
	return &Handler{View: func() (*View, uint64) { return book.View(), 0 }}
}

const acceptText = "text/plain;version=0.0.4;escaping=allow-utf-8"

// The formats by the Accept header that asks for them.
func accepts() []string {
	return []string{
		"",
		acceptText,
		"application/openmetrics-text;version=1.0.0",
		"application/openmetrics-text;version=1.0.0;escaping=allow-utf-8",
		"application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited",
		"application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;escaping=allow-utf-8",
	}
}

// In every format and encoding Prometheus's library reads all families, in order,
// with all their metrics.
func TestFormatsAreReadable(t *testing.T) {
	h := newHandler(fill())
	for _, accept := range accepts() {
		for _, encoding := range []string{"", "gzip"} {
			resp, body := scrape(t, h, "GET", "", map[string]string{"Accept": accept, "Accept-Encoding": encoding})
			if resp.StatusCode != 200 || resp.Header.Get("Content-Encoding") != encoding {
				t.Fatalf("%q, %q: status %d, encoding %q", accept, encoding, resp.StatusCode, resp.Header.Get("Content-Encoding"))
			}
			if n := resp.ContentLength; encoding == "" && n != int64(len(body)) {
				t.Errorf("%q: Content-Length %d, body %d", accept, n, len(body))
			}
			var got []string
			for _, f := range decode(t, resp.Header, body) {
				got = append(got, fmt.Sprintf("%s %d", strings.ReplaceAll(f.GetName(), "spring.beans", "spring_beans"), len(f.Metric)))
			}
			want := []string{"batch_records 40", "headgate_up 1", "runs_total 40", "spring_beans 40", "step_seconds 40", "wait_seconds 40"}
			if !slices.Equal(got, want) {
				t.Errorf("%q, %q: got %q, want %q", accept, encoding, got, want)
			}
		}
	}
}

// decode reads an exposition with Prometheus's library, sorted by name. OpenMetrics,
// which that doesn't read, is turned into text first.
func decode(t *testing.T, header http.Header, body string) []*dto.MetricFamily {
	t.Helper()
	format := expfmt.ResponseFormat(header)
	if format.FormatType() == expfmt.TypeOpenMetrics || strings.HasPrefix(header.Get("Content-Type"), expfmt.OpenMetricsType) {
		if !strings.HasSuffix(body, "# EOF\n") {
			t.Fatalf("OpenMetrics without # EOF: %.60q", body[max(0, len(body)-60):])
		}
		format = expfmt.FmtText
		body = strings.NewReplacer("# TYPE runs counter", "# TYPE runs_total counter", "# EOF\n", "").Replace(body)
		body = strings.ReplaceAll(body, "# UNIT", "#")
	}
	if format.FormatType() == expfmt.TypeTextPlain {
		p := expfmt.NewTextParser(prom.UTF8Validation)
		fams, err := p.TextToMetricFamilies(strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		var out []*dto.MetricFamily
		for _, f := range fams {
			out = append(out, f)
		}
		slices.SortFunc(out, func(a, b *dto.MetricFamily) int { return strings.Compare(a.GetName(), b.GetName()) })
		return out
	}
	var out []*dto.MetricFamily
	for d := expfmt.NewDecoder(strings.NewReader(body), format.WithEscapingScheme(prom.NoEscaping)); ; {
		f := new(dto.MetricFamily)
		if err := d.Decode(f); err == io.EOF {
			return out
		} else if err != nil {
			t.Fatal(err)
		}
		out = append(out, f)
	}
}

// gzip(1) reads what we write.
func TestGzipCommandReads(t *testing.T) {
	tool, err := exec.LookPath("gzip")
	if err != nil {
		t.Skip("no gzip command")
	}
	v := fill().View()
	b, err := v.body(key{escaping: escapeNothing, gzip: true})
	if err != nil {
		t.Fatal(err)
	}
	var zipped, plain bytes.Buffer
	if _, err := b.WriteTo(&zipped); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), tool, "-dc")
	cmd.Stdin = &zipped
	got, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	if _, _ = v.WriteTo(&plain); !bytes.Equal(got, plain.Bytes()) {
		t.Errorf("gzip -dc gave %d bytes, want %d", len(got), plain.Len())
	}
}

// HEAD has the headers of GET and no body.
func TestHead(t *testing.T) {
	h := newHandler(fill())
	for _, query := range []string{"", "shard=1/2"} {
		get, _ := scrape(t, h, "GET", query, map[string]string{"Accept-Encoding": "gzip"})
		head, body := scrape(t, h, "HEAD", query, map[string]string{"Accept-Encoding": "gzip"})
		if body != "" || head.StatusCode != 200 {
			t.Errorf("HEAD %q: status %d, %d bytes", query, head.StatusCode, len(body))
		}
		for _, name := range []string{"Content-Type", "Content-Encoding", "Content-Length", "Vary"} {
			if g, w := head.Header.Get(name), get.Header.Get(name); g != w {
				t.Errorf("HEAD %q: %s is %q, GET says %q", query, name, g, w)
			}
		}
	}
}

// An empty book is a valid exposition in every format.
func TestEmptyBook(t *testing.T) {
	h := newHandler(new(Book))
	for _, accept := range accepts() {
		for _, encoding := range []string{"", "gzip"} {
			for _, query := range []string{"", "shard=1/2", "match[]=a"} {
				resp, body := scrape(t, h, "GET", query, map[string]string{"Accept": accept, "Accept-Encoding": encoding})
				if fams := decode(t, resp.Header, body); len(fams) != 0 || resp.StatusCode != 200 {
					t.Errorf("%q %q %q: status %d, %d families", accept, encoding, query, resp.StatusCode, len(fams))
				}
			}
		}
	}
}
