package scrape

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/headgate/headgate/internal/expo"
)

// The resident state of the budgets: 100,000 groups of 12 families, one series each.
const (
	benchOwners   = 100_000
	benchFamilies = 12
)

func benchText(f *Family, o int, value int) string {
	return fmt.Sprintf("%s{instance=\"\",job=\"job-%05d\",path=\"/api/v1/things\",zone=\"eu-%d\"} %d\n", f.Name, o, o%7, value)
}

// benchBlocks returns the families and the blocks, group by group, with texts that are
// pieces of larger strings as those from a journal are.
func benchBlocks() ([]*Family, []*Block) {
	families := make([]*Family, benchFamilies)
	for i := range families {
		families[i] = &Family{Name: fmt.Sprintf("batch_job_metric_%02d_seconds", i), Type: expo.Gauge, Help: "What it is.", HasHelp: true}
	}
	owners := make([]*Owner, benchOwners)
	for i := range owners {
		owners[i] = NewOwner([]expo.Label{{Name: "instance"}, {Name: "job", Value: fmt.Sprintf("job-%05d", i)}})
	}
	blocks := make([]*Block, 0, benchOwners*benchFamilies)
	for o, owner := range owners {
		payload := ""
		for _, f := range families {
			payload += benchText(f, o, o*31%977)
		}
		group := make([]Block, benchFamilies)
		for i := range families {
			line := strings.IndexByte(payload, '\n') + 1
			group[i].Owner = owner
			group[i].set(payload[:line], "")
			payload = payload[line:]
			blocks = append(blocks, &group[i])
		}
	}
	return families, blocks
}

// inOrder are the places of the blocks in the order in which a book has them.
func inOrder() []int {
	places := make([]int, 0, benchOwners*benchFamilies)
	for f := range benchFamilies {
		for o := range benchOwners {
			places = append(places, o*benchFamilies+f)
		}
	}
	return places
}

func benchBook(b *testing.B) (*Book, []*Block) {
	b.Helper()
	families, blocks := benchBlocks()
	book := new(Book)
	for _, at := range inOrder() {
		book.Insert(families[at%benchFamilies], blocks[at])
	}
	book.View()
	return book, blocks
}

func BenchmarkInsertInOrder(b *testing.B) {
	benchmarkInsert(b, inOrder())
}

// As when a snapshot is replayed group by group.
func BenchmarkInsertByGroup(b *testing.B) {
	places := inOrder()
	slices.Sort(places)
	benchmarkInsert(b, places)
}

func benchmarkInsert(b *testing.B, places []int) {
	families, blocks := benchBlocks()
	for b.Loop() {
		var book Book
		for _, at := range places {
			book.Insert(families[at%benchFamilies], blocks[at])
		}
		b.ReportMetric(float64(len(book.pages)), "pages")
		for _, f := range families {
			f.blocks = 0
		}
	}
}

func BenchmarkViewUnchanged(b *testing.B) {
	book, _ := benchBook(b)
	for b.Loop() {
		book.View()
	}
}

func BenchmarkViewAfterOnePush(b *testing.B) {
	book, blocks := benchBook(b)
	n := 0
	for b.Loop() {
		group := n % benchOwners * benchFamilies
		for _, blk := range blocks[group : group+benchFamilies] {
			book.SetText(blk, benchText(book.familyOf(blk), n%benchOwners, n), "")
		}
		book.View()
		n += 7919
	}
}

func BenchmarkViewAfterAllPushed(b *testing.B) {
	book, blocks := benchBook(b)
	texts := make([]string, len(blocks))
	for i, blk := range blocks {
		texts[i] = strings.Clone(blk.Text())
	}
	for b.Loop() {
		b.StopTimer()
		for i, blk := range blocks {
			book.SetText(blk, texts[i], "")
		}
		b.StartTimer()
		book.View()
	}
}

func benchmarkBody(b *testing.B, k key, cold bool) {
	book, _ := benchBook(b)
	v := book.View()
	if !cold {
		if _, err := v.body(k); err != nil {
			b.Fatal(err)
		}
	}
	for b.Loop() {
		if cold {
			b.StopTimer()
			for _, s := range v.sheets {
				s.renditions = nil
			}
			b.StartTimer()
		}
		body, err := v.body(k)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := body.WriteTo(io.Discard); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(body.size)/1e6, "MB-out")
	}
	b.SetBytes(v.size)
}

func BenchmarkTextPlain(b *testing.B)       { benchmarkBody(b, key{escaping: escapeNothing}, false) }
func BenchmarkTextGzipWarm(b *testing.B)    { benchmarkBody(b, key{gzip: true}, false) }
func BenchmarkTextGzipCold(b *testing.B)    { benchmarkBody(b, key{gzip: true}, true) }
func BenchmarkOpenMetricsCold(b *testing.B) { benchmarkBody(b, key{syntax: asOpenMetrics}, true) }
func BenchmarkOpenMetricsGzipCold(b *testing.B) {
	benchmarkBody(b, key{syntax: asOpenMetrics, gzip: true}, true)
}
func BenchmarkProtobufGzipCold(b *testing.B) {
	benchmarkBody(b, key{syntax: asProtobuf, gzip: true}, true)
}

func benchmarkFilter(b *testing.B, query url.Values) {
	book, _ := benchBook(b)
	v := book.View()
	f, err := parseFilter(query)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if err := v.writeSelection(io.Discard, key{escaping: escapeNothing}, f); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkShard(b *testing.B) { benchmarkFilter(b, url.Values{"shard": {"1/8"}}) }
func BenchmarkMatchOneGroup(b *testing.B) {
	benchmarkFilter(b, url.Values{"match[]": {`{job="job-00042"}`}})
}
func BenchmarkMatchAllSeries(b *testing.B) {
	benchmarkFilter(b, url.Values{"match[]": {`{zone=~"eu-.*"}`}})
}

// A scrape over a loopback connection, beside a handler that has the same bytes in
// one slice: the budget is 2.5 times its time.
func BenchmarkHTTPOneSlice(b *testing.B) {
	book, _ := benchBook(b)
	var all bytes.Buffer
	if _, err := book.View().WriteTo(&all); err != nil {
		b.Fatal(err)
	}
	benchmarkHTTP(b, "", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", strconv.Itoa(all.Len()))
		_, _ = w.Write(all.Bytes())
	}))
}

func BenchmarkHTTPPlain(b *testing.B) {
	book, _ := benchBook(b)
	benchmarkHTTP(b, "", newHandler(book))
}

func BenchmarkHTTPGzip(b *testing.B) {
	book, _ := benchBook(b)
	benchmarkHTTP(b, "gzip", newHandler(book))
}

func benchmarkHTTP(b *testing.B, encoding string, h http.Handler) {
	srv := httptest.NewServer(h)
	defer srv.Close()
	client := &http.Client{Transport: &http.Transport{DisableCompression: true}}
	defer client.CloseIdleConnections()
	buf := make([]byte, 1<<20)
	for b.Loop() {
		req, err := http.NewRequestWithContext(b.Context(), http.MethodGet, srv.URL, nil)
		if err != nil {
			b.Fatal(err)
		}
		req.Header.Set("Accept-Encoding", encoding)
		resp, err := client.Do(req)
		if err != nil {
			b.Fatal(err)
		}
		n, err := io.CopyBuffer(io.Discard, struct{ io.Reader }{resp.Body}, buf)
		if err != nil {
			b.Fatal(err)
		}
		resp.Body.Close()
		b.ReportMetric(float64(n)/1e6, "MB-out")
	}
}

// Resident bytes for one block with its text, its share of an owner and of a page.
func BenchmarkMemoryPerBlock(b *testing.B) {
	before := heap()
	book, blocks := benchBook(b)
	n := float64(len(blocks))
	clear(blocks)
	after := heap()
	if _, err := book.View().body(key{gzip: true}); err != nil {
		b.Fatal(err)
	}
	zipped := heap()
	for b.Loop() {
		book.View()
	}
	b.ReportMetric((after-before)/n, "B/block")
	b.ReportMetric(float64(book.View().size)/n, "text-B/block")
	b.ReportMetric((zipped-after)/n, "gzip-B/block")
}

func heap() float64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc)
}
