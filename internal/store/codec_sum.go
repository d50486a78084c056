package store

import (
	"encoding/binary"
	"maps"
	"slices"

	"github.com/headgate/headgate/internal/aggregate"
	"github.com/headgate/headgate/internal/expo"
)

// What a snapshot has of a sum beside its families, and of who pushed:
//
//	sum      count  (pusher  epoch  until  count  last…)…  count  contributor…
//	last     family  labels  type  gauges  text  rich
//	contributor  name  pushes  samples  last
//	ledger   count  (kind  name  until  [epoch  highest  bits…  [from]])…
//
// The kinds are 0 for a producer, 1 for a key, and 2 for a producer that began beyond the
// window, which alone has from. The bits are Window/64 numbers.

// sumState is what a snapshot has of a sum besides its families.
type sumState struct {
	pushers      []*pusher
	contributors map[string]*contributor
}

// state stays as it is. It shares what pushers pushed last until they push again.
func (u *sums) state() *sumState {
	s := &sumState{contributors: make(map[string]*contributor, len(u.contributors))}
	for _, p := range u.pushers {
		s.pushers = append(s.pushers, p.share())
	}
	for name, c := range u.contributors {
		own := *c
		s.contributors[name] = &own
	}
	return s
}

// share returns a pusher with the same last values, which neither changes from then on.
func (p *pusher) share() *pusher {
	p.shared = true
	own := *p
	return &own
}

// own makes a pusher's last values its own before they change.
func (p *pusher) own() {
	if p.shared {
		p.last, p.shared = maps.Clone(p.last), false
	}
}

// into gives u what s has: s may be part of a snapshot that is being written.
func (s *sumState) into(u *sums) {
	for _, p := range s.pushers {
		i, _ := u.find(p.name)
		own := *p
		own.shared = true
		u.pushers = slices.Insert(u.pushers, i, &own)
		u.remembered += len(p.last)
	}
	for name, c := range s.contributors {
		own := *c
		u.contributors[name] = &own
	}
}

func appendSum(dst []byte, u *sumState) []byte {
	if u == nil {
		u = &sumState{} // a further part of a large group
	}
	dst = binary.AppendUvarint(dst, uint64(len(u.pushers)))
	for _, p := range u.pushers {
		dst = binary.AppendUvarint(appendString(dst, p.name), p.epoch)
		dst = binary.AppendUvarint(dst, uint64(p.until))
		dst = binary.AppendUvarint(dst, uint64(len(p.last)))
		for k, v := range p.last {
			dst = appendString(appendString(dst, k.family), k.labels)
			dst = append(dst, byte(v.typ), byte(v.gauges))
			dst = appendString(appendString(dst, v.text), v.rich)
		}
	}
	dst = binary.AppendUvarint(dst, uint64(len(u.contributors)))
	for name, c := range u.contributors {
		dst = binary.AppendUvarint(appendString(dst, name), c.pushes)
		dst = binary.AppendUvarint(binary.AppendUvarint(dst, c.samples), uint64(c.last))
	}
	return dst
}

// sum reads what appendSum writes. Its strings are copies: it is kept as it is.
func (d *decoder) sum() *sumState {
	u := &sumState{contributors: map[string]*contributor{}}
	for range d.count() {
		if d.bad {
			return u
		}
		u.pushers = append(u.pushers, d.pusher())
	}
	for range d.count() {
		name := d.owned()
		if d.bad {
			return u
		}
		u.contributors[name] = &contributor{d.uvarint(), d.uvarint(), d.number()}
	}
	return u
}

func (d *decoder) pusher() *pusher {
	p := &pusher{name: d.owned(), epoch: d.uvarint(), until: d.number(), last: map[lastKey]lastValue{}}
	for range d.count() {
		k := lastKey{d.owned(), d.owned()}
		v := lastValue{typ: expo.Type(d.byte()), gauges: aggregate.Gauges(d.byte() & 3)}
		v.text, v.rich = d.owned(), d.owned()
		if d.bad = d.bad || v.typ > expo.GaugeHistogram; d.bad {
			break
		}
		p.last[k] = v
	}
	return p
}

// ledgerEntry is a producer or a key as a snapshot has it.
type ledgerEntry struct {
	producer *producer
	key      *usedKey
}

func appendLedger(dst []byte, entries []ledgerEntry) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(entries)))
	for _, e := range entries {
		if e.key != nil {
			dst = binary.AppendUvarint(appendString(append(dst, ledgerKey), e.key.key), uint64(e.key.until))
			continue
		}
		dst = appendProducer(dst, e.producer)
	}
	return dst
}

// The kinds of entries of a ledger.
const (
	ledgerProducer = iota
	ledgerKey
	ledgerStranger
)

func appendProducer(dst []byte, p *producer) []byte {
	kind := byte(ledgerProducer)
	if p.from > 0 {
		kind = ledgerStranger
	}
	dst = binary.AppendUvarint(appendString(append(dst, kind), p.name), uint64(p.until))
	dst = binary.AppendUvarint(binary.AppendUvarint(dst, p.epoch), p.highest)
	for _, bits := range p.applied {
		dst = binary.AppendUvarint(dst, bits)
	}
	if p.from > 0 {
		dst = binary.AppendUvarint(dst, p.from)
	}
	return dst
}

func (d *decoder) ledger() (entries []ledgerEntry) {
	for range d.count() {
		kind := d.byte()
		name, until := d.owned(), d.number()
		if d.bad = d.bad || kind > ledgerStranger; d.bad {
			return entries // before a producer is made of each byte that was left
		}
		if kind == ledgerKey {
			entries = append(entries, ledgerEntry{key: &usedKey{key: name, until: until}})
			continue
		}
		p := &producer{name: name, until: until, epoch: d.uvarint(), highest: d.uvarint()}
		for i := range p.applied {
			p.applied[i] = d.uvarint()
		}
		if kind == ledgerStranger {
			p.from = d.uvarint()
		}
		entries = append(entries, ledgerEntry{producer: p})
	}
	return entries
}
