package ingest

import (
	"errors"
	"fmt"
	"mime"
	"slices"
	"strings"
	"time"
	"unsafe"

	"github.com/headgate/headgate/internal/expo"
	"github.com/headgate/headgate/internal/journal"
	"github.com/headgate/headgate/internal/limit"
	"github.com/headgate/headgate/internal/store"
	finding "github.com/headgate/headgate/push/labels"
)

// work is what one push needs while it is prepared, reused by the next.
type work struct {
	parser expo.Parser
	sorted []*expo.Family // the push's families by name
	labels []expo.Label   // merged label sets, back to back
	text   []byte         // rendered samples of all families, back to back
	rich   []byte         // their protobuf, where needed
	spans  []span
	key    []byte
	change store.Change // as it is encoded
	rules  *Rules
	pushed []expo.Label // the grouping key as it was pushed
	limits limit.Set    // that hold for the push's group

	sum         store.Summing
	aggregation *Aggregation // nil if no rule is for the push's group

	failure store.Terms       // of the record that the push failed
	found   []finding.Finding // what would better be otherwise

	mostLabels, mostName, mostValue int64 // of one series

	rewriting
	bodyJob, bodyInstance string // that the grouping key has overwritten
	size                  int    // of the body
	weight                int64  // what is reserved in Door.preparing
}

// span is where a family's text and protobuf lie in work.text and work.rich.
type span struct{ text, textEnd, rich, richEnd int }

// trim lets go of what an unusually large push has grown.
func (w *work) trim() {
	const most = 1 << 20
	if cap(w.text) > most || cap(w.rich) > most || cap(w.labels)*32 > most || w.size > most {
		*w = work{}
	}
}

// prepare appends a push's journal record to dst. What it returns refers to
// neither p.Body nor w.
func (d *Door) prepare(w *work, p *Push, dst []byte) (journal.Kind, []byte, error) {
	w.size = len(p.Body)
	families, err := d.open(w, p)
	if err != nil {
		return 0, dst, err
	}
	if err := w.sort(families); err != nil {
		return 0, dst, err
	}
	text, memory := rendering(w.sorted, w.pushed)
	if err := d.fits(text); err != nil {
		return 0, dst, err
	}
	if err := d.take(w, memory); err != nil {
		return 0, dst, err
	}
	w.text, w.rich, w.labels, w.spans = w.text[:0], w.rich[:0], w.labels[:0], w.spans[:0]
	if w.rules.rewrites() {
		if err := d.rewrite(w); err != nil {
			return 0, dst, err
		}
	}
	for _, f := range w.sorted {
		if err := d.render(w, f, p.Labels); err != nil {
			return 0, dst, err
		}
	}
	w.assemble(p)
	d.lint(w, p)
	d.tally.peak(limit.SeriesLabels, w.mostLabels)
	d.tally.peak(limit.LabelNameBytes, w.mostName)
	d.tally.peak(limit.LabelValueBytes, w.mostValue)
	return w.change.Kind, store.AppendPayload(slices.Grow(dst, w.payloadSize(p)), &w.change), nil
}

// open parses a push and settles which rules hold for it, before the body is read
// if the key is known without it: a job that pushes too often is to cost little.
func (d *Door) open(w *work, p *Push) ([]expo.Family, error) {
	if p.JSON == nil {
		if err := d.agree(w, p); err != nil {
			return nil, err
		}
	}
	if err := d.take(w, parsing(p)); err != nil {
		return nil, err
	}
	families, err := w.parse(p)
	if err != nil || p.JSON == nil {
		return families, err
	}
	return families, d.agree(w, p)
}

// agree settles which rules hold for a push's group.
func (d *Door) agree(w *work, p *Push) (err error) {
	w.pushed = p.Labels
	if p.Labels, err = w.rules.key(&w.rewriting, d.utf8Names, p.Labels); err != nil {
		return err
	}
	err = w.summing(p)
	if other := permit(p); other != nil {
		return other // also if it is wrong besides: the group is not to show a failure
	}
	if err != nil {
		return err
	}
	if err := d.checkKey(p.Labels); err != nil {
		p.Labels = nil // not even a failure can be shown
		return err
	}
	w.rules.Limits.For(p.Labels, &w.limits)
	terms, less := w.rules.lifetime(p.Labels, p.Wish)
	if less != nil {
		w.found = append(w.found, *less)
	}
	terms.Replace = p.Replace && p.Mode == store.Keep
	terms.Summing, terms.Once = w.sum, p.Once
	for id := range terms.Limits.Max {
		if most := w.limits.Max[id]; most != limit.None {
			terms.Limits.Max[id], terms.Limits.DryRun[id] = most, w.limits.DryRun[id]
		}
	}
	w.change.Terms, w.failure = terms, terms
	if p.Run != nil {
		p.Run.Bounds = w.rules.Runs
		w.change.Terms.Run = p.Run // a push that fails tells of none
	}
	return d.checkRate(w, p)
}

// sort puts the families in w.sorted by name, without those that are the gateway's
// to say.
func (w *work) sort(families []expo.Family) error {
	w.sorted = w.sorted[:0]
	for i := range families {
		f := &families[i]
		if !store.OwnFamily(f.Name) {
			w.sorted = append(w.sorted, f)
			continue
		}
		for j := range f.Metrics {
			if err := checkTimestamp(f, &f.Metrics[j]); err != nil {
				return err
			}
		}
	}
	w.sortFamilies()
	return nil
}

func (w *work) sortFamilies() {
	slices.SortFunc(w.sorted, func(a, b *expo.Family) int { return strings.Compare(a.Name, b.Name) })
}

func (w *work) parse(p *Push) ([]expo.Family, error) {
	var families []expo.Family
	var err error
	switch p.format() {
	case formatJSON:
		families, err = w.parseJSON(p)
	case formatProto:
		families, err = w.parser.Proto(p.Body)
	case formatOpenMetrics:
		families, err = w.parser.OpenMetrics(p.Body)
	default:
		families, err = w.parser.Text(p.Body)
	}
	if err == nil {
		return families, nil
	}
	var invalid *expo.InvalidError
	var limit *expo.SampleLimitError
	switch {
	case errors.As(err, &invalid):
		return nil, &RefusedError{Reason: "value", Err: invalid}
	case errors.As(err, &limit):
		return nil, &LimitError{ID: "limit-push-samples", Msg: limit.Error() + "; push fewer at a time or raise limits.push_samples"}
	}
	return nil, err
}

// parseJSON takes over the group that the body names. The key's strings are copied:
// the group's failure may have to be recorded when w is another push's already.
func (w *work) parseJSON(p *Push) ([]expo.Family, error) {
	body, err := w.parser.JSON(p.Body, *p.JSON)
	if err != nil {
		return nil, err
	}
	for _, l := range body.Key {
		p.Labels = append(p.Labels, expo.Label{Name: strings.Clone(l.Name), Value: strings.Clone(l.Value)})
	}
	p.Entries, p.Superseded = body.Entries, body.Superseded
	if p.Taken == 0 {
		p.Taken = body.Newest * int64(time.Millisecond)
	}
	return body.Families, nil
}

type format int

const (
	formatText format = iota
	formatOpenMetrics
	formatProto
	formatJSON
)

func (p *Push) format() format {
	if p.JSON != nil {
		return formatJSON
	}
	return formatOf(p.ContentType)
}

// formatOf reads a Content-Type as Pushgateway does: delimited protobuf only if
// it says so in full, OpenMetrics if it says so, anything else is text.
func formatOf(contentType string) format {
	if contentType == "" || strings.HasPrefix(contentType, "text/plain") {
		return formatText
	}
	media, params, err := mime.ParseMediaType(contentType)
	switch {
	case err != nil:
		return formatText
	case media == "application/openmetrics-text":
		return formatOpenMetrics
	case media == "application/vnd.google.protobuf" && params["encoding"] == "delimited" &&
		params["proto"] == "io.prometheus.client.MetricFamily":
		return formatProto
	}
	return formatText
}

// render sanitises a family's metrics and appends what will be scraped.
func (d *Door) render(w *work, f *expo.Family, grouping []expo.Label) error {
	if err := d.reserved.check(f); err != nil {
		return err
	}
	for i := range f.Metrics {
		if err := d.sanitise(w, f, &f.Metrics[i], grouping); err != nil {
			return err
		}
	}
	if err := sortMetrics(f); err != nil {
		return err
	}
	s := span{text: len(w.text), rich: len(w.rich)}
	w.text = expo.AppendSamples(w.text, f)
	if needsRich(f) {
		w.rich = expo.AppendProtoMetrics(w.rich, f)
	}
	s.textEnd, s.richEnd = len(w.text), len(w.rich)
	w.spans = append(w.spans, s)
	return d.fits(int64(len(w.text) + len(w.rich)))
}

func (d *Door) fits(n int64) error {
	if n <= int64(d.maxChange) {
		return nil
	}
	return &LimitError{ID: "limit-push-bytes", Msg: fmt.Sprintf(
		"with the grouping labels on each series it takes about %d bytes, %d allowed: push fewer series at a time, or shorten the grouping key", n, d.maxChange)}
}

// needsRich is whether the text format can't say all that f holds.
func needsRich(f *expo.Family) bool {
	for i := range f.Metrics {
		if expo.NeedsProto(&f.Metrics[i]) {
			return true
		}
	}
	return false
}

// assemble fills w.change; its strings alias w and the body.
func (w *work) assemble(p *Push) {
	c := &w.change
	c.Kind, c.Taken = store.KindPush, p.Taken
	if p.Taken > 0 {
		c.Kind = store.KindTimedPush
	}
	w.key = store.AppendKey(w.key[:0], p.Labels)
	c.Key = alias(w.key)
	c.Families = slices.Grow(c.Families[:0], len(w.sorted))[:len(w.sorted)]
	for i, f := range w.sorted {
		s := w.spans[i]
		c.Families[i] = store.FamilyChange{
			Name: f.Name, Type: f.Type, Help: f.Help, HasHelp: f.HasHelp, Unit: f.Unit,
			Text: alias(w.text[s.text:s.textEnd]), Rich: alias(w.rich[s.rich:s.richEnd]),
		}
		if w.sum.Mode != store.Keep {
			c.Families[i].Gauges = w.aggregation.gauges(f.Name)
		}
	}
}

// payloadSize is no less than what the payload takes, so that it is allocated once.
func (w *work) payloadSize(p *Push) int {
	n := len(w.text) + len(w.rich) + len(w.key) + len(w.sum.Pusher) + len(p.Once.Key) + len(p.Once.Sequence.Producer) + 192
	if p.Run != nil {
		n += 512
	}
	for _, f := range w.sorted {
		n += len(f.Name) + len(f.Help) + len(f.Unit) + 24
	}
	return n
}

func alias(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }
