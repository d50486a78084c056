package expo

import (
	"fmt"
	"strings"
	"unsafe"
)

// Options bound and configure what a Parser takes. The zero value takes classic
// names only and any number of samples.
type Options struct {
	// UTF8Names allows any non-empty UTF-8 string as a quoted metric or label name.
	UTF8Names bool
	// MaxSamples bounds the samples of one body, and in proportion to them all that
	// it is made of; more are a *SampleLimitError. A sample is a line of text or what
	// would be one, of a protobuf metric. 0: no bound.
	MaxSamples int
}

// Parser reads pushed bodies. The zero value is ready; a Parser that is reused
// stops allocating once its arenas fit. It is not safe for concurrent use.
//
// What a method returns is valid until the next call on the same Parser, and while
// the body is not overwritten: strings point into the body wherever nothing had to
// be unescaped, everything else is cut from arenas.
type Parser struct {
	Options

	arenas
	fams   []Family
	states []familyState // one for each of fams
	names  nameTable
	series seriesTable

	// The line being parsed, without its end, and what is left of the body after it.
	line, rest string
	lineNo     int
	samples    int
	parts      int        // see countPart
	sorted     [2][]Label // scratch for comparing big label sets

	utf8Names   bool // as in Options, or on for trusted text
	openMetrics bool // OpenMetrics rules for escapes, metadata and samples
	trusted     bool // text of our own: labels are unique, and a histogram's lines adjacent
	valueless   int  // counters of which only the created line has been seen

	proto protoState
}

// arenas hold all that results are made of, whatever format they come from.
type arenas struct {
	metrics    arena[Metric]
	labels     arena[Label]
	summaries  arena[SummaryValue]
	quantiles  arena[Quantile]
	histograms arena[HistogramValue]
	buckets    arena[Bucket]
	exemplars  arena[Exemplar]
	timestamps arena[Timestamp]
	text       arena[byte] // unescaped strings
}

func (a *arenas) reset() {
	a.metrics.reset()
	a.labels.reset()
	a.summaries.reset()
	a.quantiles.reset()
	a.histograms.reset()
	a.buckets.reset()
	a.exemplars.reset()
	a.timestamps.reset()
	a.text.reset()
}

// familyState is what parsing needs to know of a family beside the result.
type familyState struct {
	name    string // as declared or first seen; Family.Name may gain a suffix
	id      int32  // index in Parser.fams
	indexed int32  // so many of the metrics are in Parser.series
	kind    omKind // what OpenMetrics called it
	typed   bool   // has a TYPE line, or samples, which fix the type too
	floats  bool   // a histogram with a count that is no integer
	bare    bool   // OpenMetrics: has samples without the suffix of its type
	suffix  bool   // OpenMetrics: has samples with it, so Family.Name has it too
}

// begin forgets the last body and starts on a new one.
func (p *Parser) begin(body string) {
	p.arenas.reset()
	p.fams = emptied(p.fams)
	p.states = emptied(p.states)
	p.sorted = [2][]Label{emptied(p.sorted[0]), emptied(p.sorted[1])}
	p.names.reset()
	p.series.reset()
	p.beginText(body)
	p.utf8Names = p.UTF8Names
	p.openMetrics = false
	p.trusted = false
}

func (p *Parser) beginText(text string) {
	p.line, p.rest = "", text
	p.lineNo, p.samples, p.parts, p.valueless = 0, 0, 0, 0
}

// family returns a family by its index. The pointers are good until the next
// family is made.
func (p *Parser) family(i int32) (*Family, *familyState) {
	return &p.fams[i], &p.states[i]
}

// newFamily makes an untyped family and returns its index.
func (p *Parser) newFamily(name string) int32 {
	i := int32(len(p.fams))
	p.parts += familyParts - 1 // a line of metadata counts one itself
	p.fams = append(p.fams, Family{Name: name, Type: Untyped})
	p.states = append(p.states, familyState{name: name, id: i})
	return i
}

// finish returns the families that have samples, in order of appearance.
func (p *Parser) finish() []Family {
	n := 0
	for i := range p.fams {
		f := &p.fams[i]
		if len(f.Metrics) == 0 {
			continue
		}
		if p.states[i].floats {
			normalize(f.Metrics)
		}
		if n != i {
			p.fams[n] = *f
		}
		n++
	}
	return p.fams[:n]
}

// countSample enforces MaxSamples.
func (p *Parser) countSample() error {
	p.samples++
	if p.MaxSamples > 0 && p.samples > p.MaxSamples {
		return &SampleLimitError{Limit: p.MaxSamples, Line: p.lineNo}
	}
	return nil
}

// Parts are what a body is made of: labels, buckets, quantiles, and families, which
// weigh as much as some of those. For each sample that a body may have it may have so
// many of them, and some more.
const (
	partsPerSample = 16
	freeParts      = 1 << 16
	familyParts    = 4
)

// countPart enforces a bound on the parts of a body. One takes two bytes there and
// some thirty when parsed: the size of a body alone does not bound the memory.
func (p *Parser) countPart() error {
	p.parts++
	if p.MaxSamples > 0 && (p.parts-freeParts)/partsPerSample > p.MaxSamples {
		return &SampleLimitError{Limit: partsPerSample*p.MaxSamples + freeParts, Line: p.lineNo, Of: "labels, buckets and families"}
	}
	return nil
}

// fail returns an error at the byte with index i of the present line.
func (p *Parser) fail(i int, family, format string, args ...any) error {
	// The error outlives the body.
	return &ParseError{Line: p.lineNo, Column: i + 1, Family: strings.Clone(family), Msg: fmt.Sprintf(format, args...)}
}

// where returns the index in the present line of a string that was read from it.
// An unescaped string has lost its place, then def is returned.
func (p *Parser) where(token string, def int) int {
	at := uintptr(unsafe.Pointer(unsafe.StringData(token)))
	start := uintptr(unsafe.Pointer(unsafe.StringData(p.line)))
	if at < start || at >= start+uintptr(len(p.line)) {
		return def
	}
	return int(at - start)
}
