package scrape

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	dto "github.com/prometheus/client_model/go"

	"github.com/headgate/headgate/internal/expo"
)

// A view shows the moment that it was taken at, in every format, however much
// changes before somebody asks it for the format.
func TestViewIsImmutable(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	m := newReference(rand.New(rand.NewPCG(seed, 0)), "a", "a_b", "b_total", "c.d", "d", "e")
	for range 150 {
		m.step()
	}
	v := m.book.View()
	want := map[key][]byte{}
	for _, syntax := range []syntax{asText, asOpenMetrics, asProtobuf} {
		for _, escaping := range []expo.Escaping{expo.EscapeUnderscores, expo.EscapeValues, escapeNothing} {
			for _, gzip := range []bool{false, true} {
				k := key{syntax: syntax, escaping: escaping, gzip: gzip, created: syntax == asOpenMetrics}
				want[k] = m.exposition(k)
			}
		}
	}
	for range 300 {
		m.step()
		m.book.View()
	}
	for k, want := range want {
		if got := written(t, v, k); !bytes.Equal(got, want) {
			t.Errorf("%+v differs at byte %d", k, difference(got, want))
		}
	}
}

// Nothing changed, so nothing is rendered, and the same view is given again.
func TestUnchangedViewIsSame(t *testing.T) {
	book := fill()
	v := book.View()
	if book.View() != v {
		t.Error("another view of the same")
	}
	blk := book.pages[0].first()
	book.SetText(blk, strings.Replace(blk.Text(), " 0\n", " 9\n", 1), "")
	after := book.View()
	if got := after.Stats().Rebuilt - v.Stats().Rebuilt; got != 1 {
		t.Errorf("%d pages rendered for one block", got)
	}
	book.FamilyChanged(book.familyOf(blk), false)
	if got := book.View().Stats().Rebuilt - after.Stats().Rebuilt; got != 1 {
		t.Errorf("%d pages rendered for a header", got)
	}
}

// The pages that a change leaves alone keep their deflate streams.
func TestUnchangedPagesStayCompressed(t *testing.T) {
	book := fill()
	k := key{gzip: true}
	before, err := book.View().renditions(k)
	if err != nil {
		t.Fatal(err)
	}
	blk := book.pages[0].first()
	book.SetText(blk, blk.Text(), "")
	after, err := book.View().renditions(k)
	if err != nil {
		t.Fatal(err)
	}
	for i := range before {
		if same := before[i] == after[i]; same != (i > 0) {
			t.Errorf("page %d of %d: kept is %t", i, len(before), same)
		}
	}
}

// A format that nobody asks for any more is forgotten, those in use are kept.
func TestUnusedRenditionsAreDropped(t *testing.T) {
	var plain Book
	fillGauges(&plain, 3, 1000)
	for name, book := range map[string]*Book{"legacy names": &plain, "UTF-8 names": fill()} {
		v := book.View()
		ask := func(k key) int64 {
			if _, err := v.body(k); err != nil {
				t.Fatal(err)
			}
			return v.Stats().CachedBytes
		}
		zipped, proto := key{gzip: true}, key{syntax: asProtobuf}
		one := ask(zipped)
		both := ask(proto)
		if one == 0 || both <= one {
			t.Errorf("%s: %d bytes cached, then %d with another format", name, one, both)
		}
		for range keepTurns + 2 {
			ask(zipped)
		}
		if n := v.Stats().CachedBytes; n != one {
			t.Errorf("%s: %d bytes cached after protobuf fell out of use, want %d", name, n, one)
		}
		if n := ask(proto); n != both {
			t.Errorf("%s: %d bytes cached when protobuf came back, want %d", name, n, both)
		}
	}
}

// Scrapes go on beside pushes, every one sees each push whole or not at all, and
// all formats agree.
func TestScrapesBesidePushes(t *testing.T) {
	const groups, families = 60, 5
	var mu sync.Mutex
	var book Book
	var blocks [groups][families]*Block
	fams := make([]*Family, families)
	for i := range fams {
		fams[i] = &Family{Name: fmt.Sprintf("metric_%d", i), Type: expo.Gauge}
	}
	filler := strings.Repeat("f", 800)
	text := func(f *Family, group, value int) string {
		return fmt.Sprintf("%s{filler=%q,job=\"g%d\"} %d\n", f.Name, filler, group, value)
	}
	view := func() (*View, uint64) {
		mu.Lock()
		defer mu.Unlock()
		return book.View(), 0
	}
	var wg sync.WaitGroup
	for _, accept := range accepts() {
		wg.Go(func() {
			h := &Handler{View: view}
			for n := range 10 {
				encoding := []string{"", "gzip"}[n%2]
				resp, body := scrape(t, h, "GET", "", map[string]string{"Accept": accept, "Accept-Encoding": encoding})
				checkWholePushes(t, decode(t, resp.Header, body), families)
			}
		})
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		wg.Wait()
	}()
	rng := rand.New(rand.NewPCG(3, 4))
	for round := 0; ; round++ {
		select {
		case <-done:
			return
		default:
		}
		g := rng.IntN(groups)
		mu.Lock()
		for i, f := range fams {
			switch blk := blocks[g][i]; {
			case blk == nil:
				blk = &Block{Owner: NewOwner([]expo.Label{{Name: "job", Value: fmt.Sprintf("g%d", g)}})}
				book.SetText(blk, text(f, g, round), "")
				book.Insert(f, blk)
				blocks[g][i] = blk
			case round%5 == 0:
				book.Remove(blk)
				blocks[g][i] = nil
			default:
				book.SetText(blk, text(f, g, round), "")
			}
		}
		mu.Unlock()
	}
}

// checkWholePushes checks that every group has all its families, at one value.
func checkWholePushes(t *testing.T, fams []*dto.MetricFamily, families int) {
	value := map[string]float64{}
	seen := map[string]int{}
	for _, f := range fams {
		for _, m := range f.Metric {
			job, v := jobOf(m), m.GetGauge().GetValue()
			if seen[job] > 0 && value[job] != v {
				t.Errorf("%s is at %v and %v in one scrape", job, value[job], v)
			}
			value[job] = v
			seen[job]++
		}
	}
	for job, n := range seen {
		if n != families {
			t.Errorf("%s has %d of %d families", job, n, families)
		}
	}
}

// A page that can't be made fails the scrape that wants it, not the process.
func TestEachPanicsInItsCaller(t *testing.T) {
	for workers := range 4 {
		func() {
			defer func() {
				if p := recover(); p != "page 7" {
					t.Errorf("%d workers: recovered %v", workers, p)
				}
			}()
			each(20, workers, func(i int) {
				if i == 7 {
					panic("page 7")
				}
			})
		}()
	}
}
