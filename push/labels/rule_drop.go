package labels

import (
	"errors"
	"fmt"
	"log/slog"
)

// DropRule is made by Drop.
type DropRule struct {
	label    string
	log      *slog.Logger
	toLog    bool
	exemplar bool
}

// Drop takes label off every series. The value is lost, but for what ToLog and
// ToExemplar do with it.
func Drop(label string) DropRule { return DropRule{label: label} }

// ToLog writes what is dropped to log, with its metric: one line a second at most,
// with the number of those withheld.
func (r DropRule) ToLog(log *slog.Logger) DropRule {
	r.log, r.toLog = log, true
	return r
}

// ToExemplar puts what is dropped on the series' exemplar, if it is a counter or
// a histogram with buckets: label and value there lead from a merged series back to one
// of those it stands for. Let the label that holds the trace id go this way. Of what
// is recorded, each bucket keeps the newest sample that has such a label.
func (r DropRule) ToExemplar() DropRule {
	r.exemplar = true
	return r
}

// String returns the rule as code spells it.
func (r DropRule) String() string { return spell("Drop", r.label) }

func (r DropRule) add(d *draft) error {
	if err := checkLabel(r.label); err != nil {
		return err
	}
	if r.toLog && r.log == nil {
		return errors.New("ToLog(nil): want a logger")
	}
	l := d.label(r.label)
	if l.drop != nil {
		return fmt.Errorf("label %q is dropped already", r.label)
	}
	l.drop = &dropped{exemplar: r.exemplar}
	l.drop.line.log, l.drop.line.every = r.log, dropLogInterval
	return nil
}
