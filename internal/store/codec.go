package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
	"unsafe"

	"github.com/headgate/headgate/internal/aggregate"
	"github.com/headgate/headgate/internal/expo"
	"github.com/headgate/headgate/internal/journal"
)

// The payload of a record, by kind. Every string is its length and its bytes,
// every number an unsigned varint.
//
//	replace, merge   key  families
//	push             key  terms  families
//	timed push       taken  push
//	refuse           key
//	fail             key  terms
//	group            key  pushed  failed  flags (1 last push ok)  families+
//	state            key  pushed  failed  flags (2 tells of runs)  seq  terms  [sum]  families+
//
//	key              string, itself: count  (name  value)…, names ascending
//	terms            see terms.go
//	families         count  (name  type  flags  [help]  [unit]  text  [rich])…
//	families+        the same with the family's push time before its text
//
// flags: 1 has a help text, 2 has a unit, 4 has protobuf metrics beside the text; 8
// and 16 are what becomes of gauges. A sum (codec_sum.go) is there if the terms say so.
// The kinds that are about many groups are in codec_many.go.
const (
	flagHelp = 1 << iota
	flagUnit
	flagRich
	flagGauges // the lower of two bits
)

const flagGaugesShift = 3

// ErrPayload is returned for a record that the journal vouches for but that
// doesn't decode: it was written by another version, or by a fault of ours.
var ErrPayload = errors.New("store: record does not decode")

// AppendKey appends a grouping key. The labels are sorted by name, job included.
func AppendKey(dst []byte, labels []expo.Label) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(labels)))
	for _, l := range labels {
		dst = appendString(dst, l.Name)
		dst = appendString(dst, l.Value)
	}
	return dst
}

// KeyOf returns the encoded grouping key of labels, which are sorted by name.
func KeyOf(labels []expo.Label) string { return string(AppendKey(nil, labels)) }

// Labels decodes a grouping key that AppendKey made.
func Labels(key string) ([]expo.Label, error) {
	d := decoder{rest: key}
	labels := make([]expo.Label, 0, d.count())
	for range cap(labels) {
		labels = append(labels, expo.Label{Name: d.string(), Value: d.string()})
	}
	return labels, d.end()
}

// AppendPayload appends the record that Decode turns back into c.
func AppendPayload(dst []byte, c *Change) []byte {
	switch c.Kind {
	case KindTimedPush:
		return appendGroupPayload(binary.AppendUvarint(dst, uint64(c.Taken)), c)
	case KindReplace, KindMerge, KindGroup, KindRefuse, KindPush, KindFail, KindState:
		return appendGroupPayload(dst, c)
	}
	return appendManyPayload(dst, c)
}

func appendGroupPayload(dst []byte, c *Change) []byte {
	dst = appendString(dst, c.Key)
	if c.Kind == KindGroup || c.Kind == KindState {
		dst = appendState(dst, &c.state, c.Kind)
	}
	if c.isPush() || c.Kind == KindFail || c.Kind == KindState {
		dst = appendTerms(dst, &c.Terms)
	}
	if c.Kind == KindRefuse || c.Kind == KindFail {
		return dst
	}
	if c.Kind == KindState && c.Terms.Summing.Mode != Keep {
		dst = appendSum(dst, c.sum)
	}
	dst = binary.AppendUvarint(dst, uint64(len(c.Families)))
	for i := range c.Families {
		dst = appendFamily(dst, &c.Families[i], c.timed())
	}
	return dst
}

// timed is whether each family comes with when it was pushed.
func (c *Change) timed() bool {
	return c.Kind == KindGroup || c.Kind == KindState || c.Kind == KindTrash
}

func appendState(dst []byte, s *state, kind journal.Kind) []byte {
	dst = binary.AppendUvarint(dst, uint64(s.pushed))
	dst = binary.AppendUvarint(dst, uint64(s.failed))
	dst = append(dst, boolByte(s.lastOK)|boolByte(s.tells)<<1)
	if kind != KindGroup {
		dst = binary.AppendUvarint(dst, s.seq)
	}
	return dst
}

func appendFamily(dst []byte, f *FamilyChange, timed bool) []byte {
	dst = appendString(dst, f.Name)
	flags := byte(0)
	if f.HasHelp {
		flags |= flagHelp
	}
	if f.Unit != "" {
		flags |= flagUnit
	}
	if f.Rich != "" {
		flags |= flagRich
	}
	flags |= byte(f.Gauges) << flagGaugesShift
	dst = append(dst, byte(f.Type), flags)
	if f.HasHelp {
		dst = appendString(dst, f.Help)
	}
	if f.Unit != "" {
		dst = appendString(dst, f.Unit)
	}
	if timed {
		dst = binary.AppendUvarint(dst, uint64(f.pushed))
	}
	dst = appendString(dst, f.Text)
	if f.Rich != "" {
		dst = appendString(dst, f.Rich)
	}
	return dst
}

// Decode reads a record's payload into c, whose slices it reuses. Texts are copied,
// all into one piece of memory, as the store keeps them. Everything else aliases
// the payload, which must not be written to until c has been applied.
func (c *Change) Decode(kind journal.Kind, payload []byte) error {
	*c = Change{Kind: kind, Keys: c.Keys[:0], Families: c.Families[:0], Reads: c.Reads[:0]}
	d := decoder{rest: unsafe.String(unsafe.SliceData(payload), len(payload))}
	switch kind {
	case KindReplace, KindMerge, KindGroup, KindRefuse, KindPush, KindFail, KindState:
		d.group(c)
	case KindTimedPush:
		c.Taken = d.number()
		d.group(c)
	default:
		if !d.many(c) {
			return fmt.Errorf("%w: unknown kind %d", ErrPayload, kind)
		}
	}
	c.ownTexts()
	return d.end()
}

// group reads the payload of a record about one group.
func (d *decoder) group(c *Change) {
	c.Key = d.key()
	if c.Kind == KindGroup || c.Kind == KindState {
		c.state = d.state(c.Kind)
	}
	if c.isPush() || c.Kind == KindFail || c.Kind == KindState {
		c.Terms = d.terms()
	}
	if c.Kind == KindState && c.Terms.Summing.Mode != Keep {
		c.sum = d.sum()
	}
	if c.Kind != KindRefuse && c.Kind != KindFail {
		d.families(c)
	}
}

func (d *decoder) state(kind journal.Kind) state {
	s := state{pushed: d.number(), failed: d.number()}
	flags := d.byte()
	s.lastOK, s.tells = flags&1 != 0, flags&2 != 0
	if kind != KindGroup {
		s.seq = d.uvarint()
	}
	return s
}

func (d *decoder) families(c *Change) {
	n := d.count()
	c.Families = slices.Grow(c.Families, n)[:n]
	for i := range c.Families {
		d.family(&c.Families[i], c.timed())
	}
}

// ownTexts moves the texts out of the payload: resident until the next scrape has
// put them into pages, they would keep all of it in memory.
func (c *Change) ownTexts() {
	size := 0
	for i := range c.Families {
		size += len(c.Families[i].Text)
	}
	if size == 0 {
		return
	}
	var b strings.Builder // allocates once and gives its memory away
	b.Grow(size)
	for i := range c.Families {
		b.WriteString(c.Families[i].Text)
	}
	all := b.String()
	for i := range c.Families {
		f := &c.Families[i]
		f.Text, all = all[:len(f.Text)], all[len(f.Text):]
	}
}

// decoder reads payloads. Its first fault sticks and makes all later reads empty.
type decoder struct {
	rest string
	bad  bool
}

func (d *decoder) family(f *FamilyChange, timed bool) {
	*f = FamilyChange{Name: d.string(), Type: expo.Type(d.byte())}
	flags := d.byte()
	f.Gauges = aggregate.Gauges(flags / flagGauges & 3)
	if f.HasHelp = flags&flagHelp != 0; f.HasHelp {
		f.Help = d.string()
	}
	if flags&flagUnit != 0 {
		f.Unit = d.string()
	}
	if timed {
		f.pushed = d.number()
	}
	f.Text = d.string()
	if flags&flagRich != 0 {
		f.Rich = d.string()
	}
	if f.Type > expo.GaugeHistogram || f.Text == "" || f.Text[len(f.Text)-1] != '\n' {
		d.bad = true
	}
}

// key reads a grouping key that decodes in turn.
func (d *decoder) key() string {
	key := d.string()
	k := decoder{rest: key}
	for range 2 * k.count() {
		k.string()
	}
	if k.end() != nil {
		d.bad = true
	}
	return key
}

func (d *decoder) uvarint() uint64 {
	var v uint64
	for shift := 0; shift < 64; shift += 7 {
		b := d.byte()
		v |= uint64(b&0x7f) << shift
		if b < 0x80 {
			return v
		}
	}
	d.bad = true
	return 0
}

func (d *decoder) byte() byte {
	if d.rest == "" {
		d.bad = true
		return 0
	}
	b := d.rest[0]
	d.rest = d.rest[1:]
	return b
}

func (d *decoder) string() string {
	n := d.uvarint()
	if n > uint64(len(d.rest)) {
		d.bad, d.rest = true, ""
		return ""
	}
	s := d.rest[:n]
	d.rest = d.rest[n:]
	return s
}

// owned is string, copied off the payload.
func (d *decoder) owned() string { return strings.Clone(d.string()) }

// number reads what is kept as an int64 and isn't negative.
func (d *decoder) number() int64 {
	n := d.uvarint()
	if n > math.MaxInt64 {
		d.bad = true
		return 0
	}
	return int64(n)
}

func (d *decoder) duration() time.Duration { return time.Duration(d.number()) }

// count reads the number of items that follow. Each takes at least a byte, so
// a count beyond the bytes left is a fault and nothing is allocated for it.
func (d *decoder) count() int {
	n := d.uvarint()
	if n > uint64(len(d.rest)) {
		d.bad = true
		return 0
	}
	return int(n)
}

func (d *decoder) end() error {
	if d.bad {
		return fmt.Errorf("%w: cut short or out of range", ErrPayload)
	}
	if d.rest != "" {
		return fmt.Errorf("%w: %d bytes left over", ErrPayload, len(d.rest))
	}
	return nil
}

func appendString(dst []byte, s string) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(s)))
	return append(dst, s...)
}

func boolByte(b bool) byte {
	if b {
		return 1
	}
	return 0
}
