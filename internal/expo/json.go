package expo

import (
	"errors"
	"fmt"
	"strings"
	"unsafe"
)

// JSONOptions say what a JSON body is about where it doesn't itself.
type JSONOptions struct {
	// Job is that of entries that name none; "" if each has to.
	Job string
	// Grouping names the labels that make the grouping key together with job. Each
	// entry must have them all. nil: instance, in entries that have one.
	Grouping []string
	// Latest is the latest timestamp that a sample may have, in milliseconds since the epoch.
	Latest int64
}

// JSONBody is what a JSON body holds.
type JSONBody struct {
	// Key is the grouping key, sorted by name.
	Key []Label
	// Families have no timestamps: of each series there is the newest sample.
	Families []Family
	// Entries is how many samples the body has, Superseded how many of them gave way
	// to a newer one of the same series.
	Entries, Superseded int
	// Newest is the newest timestamp in milliseconds since the epoch, 0 if not all
	// families' metrics have one.
	Newest int64
}

// JSON parses a list of objects, or a single one, each of which is a sample:
//
//	{"name": "x_total", "value": 1, "type": "counter", "labels": {"a": "b"}, "job": "j"}
//
// with the optional keys type, labels (or tags), timestamp, job and help. The parts of
// a summary or a histogram come as the text format has them: x_bucket with a label
// le, x_sum, x_count, each with the type of x. All entries belong to one group.
// Errors are *ParseError and *SampleLimitError.
//
// encoding/json is no help here: it lets keys come twice, mends broken strings
// and doesn't tell where anything stood.
func (p *Parser) JSON(body []byte, o JSONOptions) (JSONBody, error) {
	p.begin("")
	p.line = unsafe.String(unsafe.SliceData(body), len(body))
	p.openMetrics = true // its checks of samples
	r := &jsonReader{Parser: p, options: o}
	err := r.body()
	if err == nil && r.key == nil {
		err = r.emptyKey()
	}
	if err != nil {
		return JSONBody{}, r.locate(err)
	}
	newest := int64(0)
	if r.timed {
		newest = r.dropTimestamps()
	}
	return JSONBody{Key: r.key, Families: p.finish(), Entries: p.samples, Superseded: r.superseded, Newest: newest}, nil
}

// jsonReader is a Parser within a JSON body, which it takes for one line: where
// something is, is its index in the body.
type jsonReader struct {
	*Parser
	options JSONOptions

	at    int // of the next byte
	entry int // the number of the present entry, from 1; 0 outside of a list
	key   []Label

	timed      bool // there are timestamps
	superseded int
	measured   [][]jsonParts // by family and metric, of summaries and histograms
	scratch    []Label
}

func (r *jsonReader) body() error {
	switch r.next() {
	case '{':
		if err := r.readEntry(); err != nil {
			return err
		}
	case '[':
		if err := r.list(); err != nil {
			return err
		}
	default:
		return r.expected("a list of samples in [ ], or one in { }")
	}
	if r.next(); r.at < len(r.line) {
		return r.expected("nothing after the end of the list")
	}
	return nil
}

func (r *jsonReader) list() error {
	r.at++
	if r.next() == ']' {
		r.at++
		return nil
	}
	for n := 1; ; n++ {
		r.next() // an error is to point at the entry, or at what stands in its place
		r.entry = n
		if err := r.readEntry(); err != nil {
			return err
		}
		r.entry = 0
		switch r.next() {
		case ',':
			r.at++
		case ']':
			r.at++
			return nil
		default:
			return r.expected(fmt.Sprintf("',' or ']' after entry %d", n))
		}
	}
}

// locate turns the index that an error has for a column into line and column, and
// says in which entry it is. Of a list on one line the column says little.
func (r *jsonReader) locate(err error) error {
	var e *ParseError
	if !errors.As(err, &e) {
		return err
	}
	before := r.line[:min(e.Column-1, len(r.line))]
	e.Line = 1 + strings.Count(before, "\n")
	e.Column = len(before) - strings.LastIndexByte(before, '\n')
	if r.entry > 0 {
		e.Msg = fmt.Sprintf("entry %d: %s", r.entry, e.Msg)
	}
	return err
}
