package labels

import (
	"hash/maphash"
	"slices"
	"strings"

	dto "github.com/prometheus/client_model/go"
)

// rewriter applies a policy to one family at a time. Its memory serves all the
// families of a gather.
type rewriter struct {
	policy  *Policy
	key     groupingKey
	family  *dto.MetricFamily
	changed bool

	in, out []Label  // of the metric at hand
	groups  []group  // the series that come out
	sources []source // one for each metric of the family
	byHash  map[uint64]int
}

// group is the metrics that become one series.
type group struct {
	labels []Label // sorted by name
	hash   uint64  // of the labels
	time   int64
	timed  bool
	size   int
	next   int // the group of the same place in byHash, or -1
	into   int // the group that this one is part of: itself, or the one for the rest
}

// source is one metric of the family and what becomes of it.
type source struct {
	group    int
	same     bool // its labels are as they were
	exemplar []Label
}

// seed is of this process: what is hashed with it isn't kept elsewhere.
var seed = maphash.MakeSeed()

// begin applies the policy to the labels of each metric of f. Series are grouped
// only from the first that changes on, unless they are to be counted.
func (r *rewriter) begin(p *Policy, f *dto.MetricFamily) {
	r.policy, r.family, r.changed = p, f, false
	r.groups, r.sources = r.groups[:0], r.sources[:0]
	if r.byHash == nil {
		r.byHash = map[uint64]int{}
	}
	clear(r.byHash)
	grouping := p.Limit(f.GetName()) > 0
	for i, m := range f.Metric {
		r.in = appendPairs(r.in[:0], m.Label)
		var s source
		r.out, s.exemplar = p.Apply(f.GetName(), r.in, r.out[:0])
		r.out = slices.DeleteFunc(r.out, r.key.says)
		s.same = slices.Equal(r.in, r.out)
		r.sources = append(r.sources, s)
		r.changed = r.changed || !s.same
		if r.changed && !grouping {
			grouping = true
			r.placeUnchanged(i)
		}
		if grouping {
			r.place(i, r.out)
		}
	}
}

// placeUnchanged places the metrics before the first one that changed.
func (r *rewriter) placeUnchanged(before int) {
	for i, m := range r.family.Metric[:before] {
		r.in = appendPairs(r.in[:0], m.Label)
		r.place(i, r.in)
	}
}

// place finds the group of metric i, which goes out with these labels.
func (r *rewriter) place(i int, labels []Label) {
	slices.SortFunc(labels, func(a, b Label) int { return strings.Compare(a.Name, b.Name) })
	m := r.family.Metric[i]
	at := r.group(labels, m.GetTimestampMs(), m.TimestampMs != nil)
	r.sources[i].group = at
	if r.groups[at].size++; r.groups[at].size > 1 {
		r.policy.lost(merged, r.family.GetName(), "", "")
	}
}

func appendPairs(dst []Label, pairs []*dto.LabelPair) []Label {
	for _, l := range pairs {
		dst = append(dst, Label{l.GetName(), l.GetValue()})
	}
	return dst
}

// group finds the group of these labels and this time, or makes it.
func (r *rewriter) group(labels []Label, time int64, timed bool) int {
	hash := hashLabels(labels)
	place := hash ^ uint64(time)
	first, ok := r.byHash[place]
	if !ok {
		first = -1
	}
	for i := first; i >= 0; i = r.groups[i].next {
		if g := &r.groups[i]; g.time == time && g.timed == timed && sameSeries(g.labels, labels) {
			return i
		}
	}
	at := len(r.groups)
	r.byHash[place] = at
	r.groups = append(r.groups, group{
		labels: slices.Clone(labels), hash: hash, time: time, timed: timed, next: first, into: at,
	})
	return at
}

// hashLabels hashes labels sorted by name. An empty value is no label to Prometheus.
func hashLabels(labels []Label) uint64 {
	var h maphash.Hash
	h.SetSeed(seed)
	for _, l := range labels {
		if l.Value != "" {
			h.WriteString(l.Name)
			h.WriteByte(0xff) // in no UTF-8
			h.WriteString(l.Value)
			h.WriteByte(0xff)
		}
	}
	return h.Sum64()
}

func sameSeries(a, b []Label) bool {
	for {
		a, b = skipEmpty(a), skipEmpty(b)
		if len(a) == 0 || len(b) == 0 {
			return len(a) == len(b)
		}
		if a[0] != b[0] {
			return false
		}
		a, b = a[1:], b[1:]
	}
}

func skipEmpty(labels []Label) []Label {
	for len(labels) > 0 && labels[0].Value == "" {
		labels = labels[1:]
	}
	return labels
}

// limit puts the series that have no place under the cap into the one for the rest.
func (r *rewriter) limit(k *kept, limit int) {
	hashes := make([]uint64, len(r.groups))
	for i := range r.groups {
		hashes[i] = r.groups[i].hash
	}
	rest := k.admit(hashes, limit)
	if rest == nil {
		return
	}
	r.changed = true
	for i := range len(r.groups) {
		if g := &r.groups[i]; rest[g.hash] {
			if k.overflow == nil {
				k.overflow = appendOverflow(nil, g.labels)
			}
			r.policy.lost(overflowed, r.family.GetName(), "", "")
			into := r.group(k.overflow, g.time, g.timed)
			r.groups[i].into = into
		}
	}
}
