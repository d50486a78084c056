package store

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"unsafe"

	"github.com/headgate/headgate/internal/expo"
	"github.com/headgate/headgate/internal/scrape"
)

// group is everything pushed under one grouping key.
type group struct {
	key   string
	owner *scrape.Owner
	// held are the pushed families, sorted by name.
	held []*held
	// pushTime and failTime are the group's two own series.
	pushTime, failTime *held

	pushed, failed int64 // nanoseconds since the epoch, 0 for never
	lastOK         bool
	tells          bool // of runs
	slot           uint32
	epoch          uint32 // the last snapshot that has this group's state or doesn't need it
	series         int32  // the gateway's own two included

	job  *job
	life *life // nil if it stays for good
}

// held is one family of one group. The block comes first because the scrape's
// pages point at it.
type held struct {
	scrape.Block // its Tag is its meta's id
	pushed       int64
}

// newGroup makes the group of a key, which is to hold that many families, and
// exposes its two own series. It returns nil if another group exposes the same
// two: the keys {job="j"} and {job="j",instance=""} differ, but their push times
// would be one series.
func (s *Store) newGroup(key string, families int) *group {
	key = strings.Clone(key) // the labels' strings lie in it
	labels := exposedLabels(key)
	series := string(appendLabels(nil, labels))
	ids := ownIdentities(series)
	for _, id := range ids {
		if _, taken := s.owners[id]; taken {
			return nil
		}
	}
	g := &group{key: key, owner: scrape.NewOwner(labels), slot: s.takeSlot(), epoch: s.epoch, job: s.jobOf(labels)}
	g.job.groups++
	s.slots[g.slot] = g
	s.groups[g.key] = g
	s.claim(g, ids)
	s.slab, s.expected = nil, families+2
	g.held = make([]*held, 0, families)
	g.pushTime = s.holdOwn(g, PushTimeName, pushTimeHelp, series)
	g.failTime = s.holdOwn(g, PushFailureName, pushFailureHelp, series)
	return g
}

// The help texts are Pushgateway's, which rules and dashboards may show.
const (
	pushTimeHelp    = "Last Unix time when changing this group in the Pushgateway succeeded."
	pushFailureHelp = "Last Unix time when changing this group in the Pushgateway failed."
)

func (s *Store) holdOwn(g *group, name, help, series string) *held {
	m := s.addMeta(s.familyOf(name, expo.Gauge), help, true, "")
	text := name + series + " 0\n"
	s.count(g, 1, text)
	s.ownBytes += int64(len(text))
	return s.hold(g, m, text, "")
}

// ownIdentities are those of a group's push_time_seconds, given its labels as text.
func ownIdentities(series string) []uint64 {
	return appendIdentities(nil, PushTimeName, expo.Gauge, PushTimeName+series+" 0\n")
}

// exposedLabels are the grouping labels as each series of the group shows them:
// an instance label is added where there is none, as Pushgateway does, so that
// Prometheus doesn't add the gateway's own.
func exposedLabels(key string) []expo.Label {
	labels, err := Labels(key)
	if err != nil {
		panic("store: a grouping key that was encoded here does not decode: " + err.Error())
	}
	i, found := slices.BinarySearchFunc(labels, "instance", func(l expo.Label, name string) int {
		return strings.Compare(l.Name, name)
	})
	if !found {
		labels = slices.Insert(labels, i, expo.Label{Name: "instance"})
	}
	return labels
}

// appendLabels appends {a="b",…} as the text format spells it.
func appendLabels(dst []byte, labels []expo.Label) []byte {
	f := expo.Family{Name: "m", Type: expo.Untyped, Metrics: []expo.Metric{{Labels: labels}}}
	line := expo.AppendSamples(nil, &f)
	return append(dst, line[1:strings.LastIndexByte(string(line), ' ')]...)
}

func (s *Store) dropGroup(g *group) {
	s.preserve(g)
	for _, h := range g.held {
		s.forget(g, h)
		s.count(g, -1, h.Text())
		s.release(h)
	}
	s.dropSums(g)
	s.disown(ownIdentities(g.exposed()))
	for _, h := range [...]*held{g.pushTime, g.failTime} {
		s.count(g, -1, h.Text())
		s.ownBytes -= int64(len(h.Text()))
		s.release(h)
	}
	s.hideGauges(g)
	s.leave(g)
	if g.tells {
		s.runs.Leave(runsKey(g.key))
	}
	s.unschedule(g)
	delete(s.kept, g)
	delete(s.expecting, g)
	if s.observer.Gone != nil {
		s.observer.Gone(g.key)
	}
	delete(s.groups, g.key)
	s.slots[g.slot] = nil
	s.free = append(s.free, g.slot)
}

func (s *Store) takeSlot() uint32 {
	if n := len(s.free); n > 0 {
		slot := s.free[n-1]
		s.free = s.free[:n-1]
		return slot
	}
	s.slots = append(s.slots, nil)
	return uint32(len(s.slots) - 1)
}

// succeed and fail move the group's two own series.
func (s *Store) succeed(g *group, t int64) {
	g.pushed, g.lastOK = t, true
	s.setTime(g.pushTime, t)
}

func (s *Store) fail(g *group, t int64) {
	g.failed, g.lastOK = t, false
	s.setTime(g.failTime, t)
}

func (s *Store) setTime(h *held, t int64) {
	old := h.Text()
	series := old[:strings.LastIndexByte(old, ' ')+1]
	buf := make([]byte, 0, len(series)+len("1.7000000001234567e+09\n"))
	buf = append(buf, series...)
	buf = append(strconv.AppendFloat(buf, seconds(t), 'g', -1, 64), '\n')
	s.bytes += int64(len(buf) - len(old))
	s.ownBytes += int64(len(buf) - len(old))
	s.book.SetText(&h.Block, unsafe.String(unsafe.SliceData(buf), len(buf)), "") // buf is not written again
}

// seconds is a time as Prometheus shows it, by the same division as Pushgateway.
func seconds(ns int64) float64 {
	return float64(ns) / math.Pow10(9)
}
