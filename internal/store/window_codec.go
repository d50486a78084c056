package store

import (
	"encoding/binary"
	"math"
	"strings"

	"github.com/headgate/headgate/internal/aggregate"
)

// The payload of a windows record is a set of rules, which is in the log and in
// snapshots, or a part of what one of them has, which is in snapshots only:
//
//	windows  0  count  rule…
//	         1  place  closed  number  closing: 0, 1  count  cell…
//	         2  place  closed  fresh: 0, 1            count  (key  count  text…)…
//
//	rule     name  count  (type  name  value)…  without: 0, 1  count  label…  interval  grace
//	         count  output…  count  quantile…  drops late: 0, 1  most
//	cell     key  count  sum  min  max  sketch: 0, or 1  width  count  (zigzag index  count)…
//
// A place is that of the rule in the set. Floats are the 8 bytes of IEEE 754, the lowest
// first; numbers of windows are zigzag varints, as they may lie before the epoch.
const (
	windowRules byte = iota
	windowCells
	windowResults
)

// windowsChange is what a windows record says. Which of the three is told by its form.
type windowsChange struct {
	form  byte
	rules []WindowRule

	place   int
	closed  int64
	number  int64 // of the window that has the cells
	closing bool
	cells   []*cell

	fresh   bool
	results []frozenResult
	// unread is what results are to be of a snapshot that is being written.
	unread []*result
}

// frozenResult is what a snapshot has of a result.
type frozenResult struct {
	key   string
	texts []string
}

func appendWindows(dst []byte, c *windowsChange) []byte {
	dst = append(dst, c.form)
	if c.form == windowRules {
		dst = binary.AppendUvarint(dst, uint64(len(c.rules)))
		for i := range c.rules {
			dst = appendWindowRule(dst, &c.rules[i])
		}
		return dst
	}
	dst = binary.AppendVarint(binary.AppendUvarint(dst, uint64(c.place)), c.closed)
	if c.form == windowCells {
		dst = append(binary.AppendVarint(dst, c.number), boolByte(c.closing))
		dst = binary.AppendUvarint(dst, uint64(len(c.cells)))
		for _, one := range c.cells {
			dst = appendCell(dst, one)
		}
		return dst
	}
	dst = binary.AppendUvarint(append(dst, boolByte(c.fresh)), uint64(len(c.results)))
	for _, r := range c.results {
		dst = appendStrings(appendString(dst, r.key), r.texts)
	}
	return dst
}

func appendFloat(dst []byte, f float64) []byte {
	return binary.LittleEndian.AppendUint64(dst, math.Float64bits(f))
}

func appendCell(dst []byte, c *cell) []byte {
	dst = binary.AppendUvarint(appendString(dst, c.key), c.Count)
	dst = appendFloat(appendFloat(appendFloat(dst, c.Sum), c.Min), c.Max)
	if c.Values == nil {
		return append(dst, 0)
	}
	dst = binary.AppendUvarint(append(dst, 1, c.Values.Width), uint64(len(c.Values.Buckets)))
	for _, b := range c.Values.Buckets {
		dst = binary.AppendUvarint(binary.AppendVarint(dst, int64(b.Index)), b.Count)
	}
	return dst
}

// windows reads what appendWindows writes. Its strings are copies: what it returns is
// kept as it is.
func (d *decoder) windows() *windowsChange {
	c := &windowsChange{form: d.byte()}
	if c.form == windowRules {
		for range d.count() {
			if c.rules = append(c.rules, d.windowRule()); d.bad {
				break
			}
		}
		return c
	}
	c.place, c.closed = int(d.number()), d.varint()
	switch c.form {
	case windowCells:
		c.number, c.closing = d.varint(), d.byte() != 0
		for range d.count() {
			if c.cells = append(c.cells, d.cell()); d.bad {
				break
			}
		}
	case windowResults:
		c.fresh = d.byte() != 0
		for range d.count() {
			if c.results = append(c.results, d.frozenResult()); d.bad {
				break
			}
		}
	default:
		d.bad = true
	}
	return c
}

func (d *decoder) cell() *cell {
	c := &cell{key: d.cellKey()}
	c.Count, c.Sum, c.Min, c.Max = d.uvarint(), d.float(), d.float(), d.float()
	if d.byte() == 0 {
		return c
	}
	c.Values = &aggregate.Sketch{Width: d.byte()}
	for range d.count() {
		index := d.varint()
		c.Values.Buckets = append(c.Values.Buckets, aggregate.SketchBucket{Index: int32(index), Count: d.uvarint()})
		if d.bad = d.bad || index != int64(int32(index)); d.bad {
			return c
		}
	}
	d.bad = d.bad || c.Count == 0 || c.Values.Width > aggregate.MostWidth || len(c.Values.Buckets) > aggregate.MostBuckets
	return c
}

// cellKey is the key of a cell or a result, which decodes in turn.
func (d *decoder) cellKey() string { return strings.Clone(d.key()) }

func (d *decoder) frozenResult() frozenResult {
	r := frozenResult{key: d.cellKey()}
	for range d.count() {
		r.texts = append(r.texts, d.owned())
	}
	return r
}

func (d *decoder) varint() int64 {
	u := d.uvarint()
	return int64(u>>1) ^ -int64(u&1)
}

func (d *decoder) float() float64 {
	var bits uint64
	for shift := 0; shift < 64; shift += 8 {
		bits |= uint64(d.byte()) << shift
	}
	return math.Float64frombits(bits)
}
