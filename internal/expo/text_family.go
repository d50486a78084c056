package expo

import (
	"hash/maphash"
	"strings"
)

// role is what a sample is to its family.
type role uint8

const (
	roleValue role = iota // the value; a quantile of a summary; in text, a bucket
	roleSum
	roleCount

	// These are known in OpenMetrics only.
	roleTotal   // the value of a counter or info, by its suffix
	roleBucket  // a bucket, by its suffix
	roleCreated // when counting began
)

// textFamily returns the family of a sample or metadata line by the line's metric
// name, and makes one if there is none. Like Prometheus's parser it goes by what
// it has seen so far: a family of that very name comes first, then a summary or
// histogram that the name is a part of.
func (p *Parser) textFamily(name string) (int32, role) {
	e, slot := p.names.find(name)
	if e != nil {
		return e.family, e.role
	}
	fam, role := int32(-1), roleValue
	for _, part := range textParts {
		base, ok := strings.CutSuffix(name, part.suffix)
		if !ok || base == "" {
			continue
		}
		if e, _ := p.names.find(base); e != nil && part.of(p.fams[e.family].Type) && p.states[e.family].name == base {
			fam, role = e.family, part.role
		}
	}
	if fam < 0 {
		fam = p.newFamily(name)
	}
	p.names.add(slot, name, fam, role)
	return fam, role
}

// textParts are the names that belong to a family of another name.
var textParts = [...]struct {
	suffix string
	role   role
	of     func(Type) bool
}{
	{"_count", roleCount, hasCount},
	{"_sum", roleSum, hasCount},
	{"_bucket", roleValue, isHistogram},
}

func hasCount(t Type) bool    { return t == Summary || isHistogram(t) }
func isHistogram(t Type) bool { return t == Histogram || t == GaugeHistogram }

// nameEntry says which family a metric name belongs to, and as what. Once found,
// that never changes while a body is parsed.
type nameEntry struct {
	name   string
	hash   uint32
	family int32
	role   role
}

// nameTable finds nameEntries by name: a hash table with linear probing. It takes
// a random seed, so that no body can be made to collide.
type nameTable struct {
	entries []nameEntry
	slots   []uint32 // 1 + index in entries; 0: free. A power of two, at most half full
	seed    maphash.Seed
	last    int // index in entries of what was found last
}

// nameSlots is the least size of a table, and nameSlotsKeep the largest that is
// kept for the next body, since clearing it is paid by each.
const (
	nameSlots     = 64
	nameSlotsKeep = 1 << 12
)

func (t *nameTable) reset() {
	t.entries = t.entries[:0]
	t.last = 0
	if len(t.slots) == 0 || len(t.slots) > nameSlotsKeep {
		*t = nameTable{slots: make([]uint32, nameSlots), seed: maphash.MakeSeed()}
		return
	}
	clear(t.slots)
}

// slotRef is where a name that was not found belongs.
type slotRef struct {
	slot int
	hash uint32
}

// find returns the entry of name, or nil and where to add it.
func (t *nameTable) find(name string) (*nameEntry, slotRef) {
	if t.last < len(t.entries) && t.entries[t.last].name == name {
		return &t.entries[t.last], slotRef{}
	}
	hash := uint32(maphash.String(t.seed, name))
	mask := len(t.slots) - 1
	for slot := int(hash) & mask; ; slot = (slot + 1) & mask {
		i := int(t.slots[slot]) - 1
		if i < 0 {
			return nil, slotRef{slot, hash}
		}
		if e := &t.entries[i]; e.hash == hash && e.name == name {
			t.last = i
			return e, slotRef{}
		}
	}
}

// add enters a name where find did not find it.
func (t *nameTable) add(ref slotRef, name string, family int32, role role) {
	t.last = len(t.entries)
	t.entries = append(t.entries, nameEntry{name, ref.hash, family, role})
	t.slots[ref.slot] = uint32(len(t.entries))
	if 2*len(t.entries) >= len(t.slots) {
		t.grow()
	}
}

func (t *nameTable) grow() {
	t.slots = make([]uint32, 2*len(t.slots))
	mask := len(t.slots) - 1
	for i := range t.entries {
		slot := int(t.entries[i].hash) & mask
		for t.slots[slot] != 0 {
			slot = (slot + 1) & mask
		}
		t.slots[slot] = uint32(i + 1)
	}
}
