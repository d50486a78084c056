package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/headgate/headgate/internal/journal"
)

type journalCheckCmd struct{ output }

// Run fails if the gateway would not start.
func (c *journalCheckCmd) Run(parent *journalCmd, s *streams) error {
	p := progressOn(s.err, c.Quiet)
	p.say("reading %s", parent.DataDir)
	report, err := journal.Check(context.Background(), nil, parent.DataDir)
	p.done()
	if err == nil && report.Damage != nil {
		err = report.Damage
	}
	return errors.Join(err, c.print(s.out, checkAnswer(&report, err), func(w io.Writer) error {
		for i := range report.Files {
			printFile(w, &report.Files[i])
		}
		if err == nil {
			fmt.Fprintf(w, "ok: the log ends with record %d\n", report.LastSeq)
		}
		return nil // who hung up does not read the answer
	}))
}

func printFile(out io.Writer, f *journal.FileReport) {
	fmt.Fprintf(out, "%s: %d records, %d of %d bytes", f.Name, f.Records, f.End, f.Bytes)
	if f.First != 0 {
		fmt.Fprintf(out, ", records %d to %d", f.First, f.Last)
	}
	if f.Covered {
		fmt.Fprint(out, ", superfluous")
	}
	if f.Torn > 0 {
		fmt.Fprintf(out, ", torn tail of %d bytes, which the next start cuts off (or a gateway is writing)", f.Torn)
	}
	if f.Damage != nil {
		fmt.Fprintf(out, ", DAMAGED at offset %d: %s", f.Damage.Offset, f.Damage.Reason)
	}
	fmt.Fprintln(out)
}

// checkedJournal is the machine-readable answer of journal check.
type checkedJournal struct {
	OK         bool          `json:"ok"`
	LastRecord uint64        `json:"last_record"`
	Files      []checkedFile `json:"files"`
}

// checkedFile has sizes and offsets in bytes.
type checkedFile struct {
	Name        string         `json:"name"`
	Bytes       int64          `json:"bytes"`
	End         int64          `json:"end"`
	Records     int64          `json:"records"`
	FirstRecord uint64         `json:"first_record,omitempty"`
	LastRecord  uint64         `json:"last_record,omitempty"`
	Torn        int64          `json:"torn,omitempty"`
	Superfluous bool           `json:"superfluous,omitempty"`
	Damage      *checkedDamage `json:"damage,omitempty"`
}

type checkedDamage struct {
	Offset int64  `json:"offset"`
	Reason string `json:"reason"`
}

func checkAnswer(r *journal.Report, err error) checkedJournal {
	answer := checkedJournal{OK: err == nil, LastRecord: r.LastSeq, Files: []checkedFile{}}
	for _, f := range r.Files {
		file := checkedFile{
			Name: f.Name, Bytes: f.Bytes, End: f.End, Records: f.Records, FirstRecord: f.First, LastRecord: f.Last, Torn: f.Torn, Superfluous: f.Covered,
		}
		if f.Damage != nil {
			file.Damage = &checkedDamage{f.Damage.Offset, f.Damage.Reason}
		}
		answer.Files = append(answer.Files, file)
	}
	return answer
}
