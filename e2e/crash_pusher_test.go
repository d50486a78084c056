package e2e

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
)

// pusher sends one request at a time, to groups that only it pushes to. It is
// used by one goroutine at a time.
type pusher struct {
	fleet   *fleet
	rng     *rand.Rand
	groups  []*group
	counter float64 // in every value, so that no two pushes are the same
}

func newPusher(f *fleet, id int, rng *rand.Rand) *pusher {
	p := &pusher{fleet: f, rng: rng}
	for slot := range groupsPerPusher {
		p.groups = append(p.groups, &group{job: fmt.Sprintf("pusher%d", id), slot: fmt.Sprint(slot), may: []state{{}}})
	}
	return p
}

// step sends one request and notes what its answer promises. It is false when
// the gateway did not answer.
func (p *pusher) step(t *testing.T, g *gateway) bool {
	if p.rng.IntN(150) == 0 {
		return p.wipe(t, g)
	}
	p.fleet.wiping.RLock()
	defer p.fleet.wiping.RUnlock()
	gr := p.groups[p.rng.IntN(len(p.groups))]
	switch n := p.rng.IntN(20); {
	case n < 9:
		return p.push(t, g, gr, http.MethodPut)
	case n < 15:
		return p.push(t, g, gr, http.MethodPost)
	case n < 17:
		return p.refused(t, g, gr)
	default:
		return gr.change(t, g, http.MethodDelete, "", nil, http.StatusAccepted, func(state) state { return state{} })
	}
}

// push sends one to three families of the group, now and then with hundreds of
// series, so that a record spans many disk sectors.
func (p *pusher) push(t *testing.T, g *gateway, gr *group, method string) bool {
	p.counter++
	many := 1
	if p.rng.IntN(8) == 0 {
		many = 100 + p.rng.IntN(900)
	}
	pushed := state{}
	var body strings.Builder
	for _, family := range []string{"crash_a", "crash_b", "crash_c"}[p.rng.IntN(3):] {
		fmt.Fprintf(&body, "# TYPE %s gauge\n", family)
		for i := range many {
			fmt.Fprintf(&body, "%s{i=\"%d\"} %g\n", family, i, p.counter)
			pushed[fmt.Sprintf("%s{i=%q}", family, fmt.Sprint(i))] = p.counter
		}
	}
	apply := func(before state) state {
		after := maps.Clone(pushed)
		if method == http.MethodPost {
			keepOthers(after, before, pushed)
		}
		return after
	}
	return gr.change(t, g, method, body.String(), p.headers(), http.StatusOK, apply)
}

// keepOthers adds those families of before that were not pushed.
func keepOthers(after, before, pushed state) {
	replaced := map[string]bool{}
	for name := range pushed {
		family, _, _ := strings.Cut(name, "{")
		replaced[family] = true
	}
	for name, v := range before {
		if family, _, _ := strings.Cut(name, "{"); !replaced[family] {
			after[name] = v
		}
	}
}

func (p *pusher) headers() map[string]string {
	if p.rng.IntN(2) == 0 {
		return map[string]string{"Content-Encoding": "gzip"}
	}
	return nil
}

// refused sends a push that has no chance: a timestamp, or the type of a metric of the gateway's own.
func (p *pusher) refused(t *testing.T, g *gateway, gr *group) bool {
	body := "crash_refused 1 1234567890000\n"
	if p.rng.IntN(2) == 0 {
		body = "crash_refused 1\n# TYPE go_goroutines counter\ngo_goroutines 1\n"
	}
	return gr.change(t, g, http.MethodPut, body, nil, http.StatusBadRequest, func(before state) state { return before })
}

// wipe waits for all requests under way, and holds back the others, until it is answered.
func (p *pusher) wipe(t *testing.T, g *gateway) bool {
	f := p.fleet
	f.wiping.Lock()
	defer f.wiping.Unlock()
	status, _, err := request(http.MethodPut, g.url+"/api/v1/admin/wipe", nil, nil)
	if err == nil && status != http.StatusAccepted {
		t.Errorf("wipe: want status 202, got %d", status)
	}
	if err != nil {
		f.wipeUnknown = true
	}
	for _, other := range f.pushers {
		for _, gr := range other.groups {
			gr.wiped(err == nil)
		}
	}
	return err == nil
}

// wiped notes a wipe, answered or not.
func (gr *group) wiped(surely bool) {
	if surely {
		gr.may = []state{{}}
		return
	}
	if len(gr.may) == 1 {
		gr.beforeWipe = gr.may[0]
	}
	gr.may = append(gr.may, state{})
}

// change sends a request that makes apply of the group's state. With the wanted
// answer it has happened; with none it may have, or not.
func (gr *group) change(t *testing.T, g *gateway, method, body string, headers map[string]string, want int, apply func(state) state) bool {
	raw := []byte(body)
	if headers["Content-Encoding"] == "gzip" {
		raw = packed(raw)
	}
	var after []state
	for _, s := range gr.may {
		after = append(after, apply(s))
	}
	status, answer, err := request(method, g.url+gr.path(), headers, raw)
	switch {
	case err != nil:
		gr.may = append(gr.may, after...)
		return false
	case status != want:
		t.Errorf("%s %s: want status %d, got %d: %.300s", method, gr.path(), want, status, answer)
		return false
	}
	gr.may = after
	return true
}

func packed(raw []byte) []byte {
	var buf bytes.Buffer
	zw := gzip.NewWriter(&buf)
	if _, err := zw.Write(raw); err != nil {
		panic(err) // a bytes.Buffer takes all
	}
	if err := zw.Close(); err != nil {
		panic(err)
	}
	return buf.Bytes()
}
