package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/headgate/headgate/internal/journal"
)

type journalRepairCmd struct{ output }

// repairedJournal is the machine-readable answer of journal repair.
type repairedJournal struct {
	OK         bool     `json:"ok"` // the gateway can start
	SetAside   []string `json:"set_aside"`
	Rewritten  []string `json:"rewritten"`
	Lost       []string `json:"lost"`
	Kept       int64    `json:"kept_records"` // in what was rewritten
	LastRecord uint64   `json:"last_record"`
}

// Run succeeds if the gateway can start afterwards, and says what was lost for that.
func (c *journalRepairCmd) Run(parent *journalCmd, s *streams) error {
	p := progressOn(s.err, c.Quiet)
	p.say("repairing %s", parent.DataDir)
	report, err := journal.Repair(context.Background(), nil, parent.DataDir)
	var after journal.Report
	if err == nil {
		after, err = journal.Check(context.Background(), nil, parent.DataDir)
	}
	if err == nil && after.Damage != nil {
		err = after.Damage
	}
	p.done()
	answer := repairAnswer(&report, &after, err)
	return errors.Join(err, c.print(s.out, answer, func(w io.Writer) error { printRepair(w, &answer); return nil }))
}

func repairAnswer(r *journal.RepairReport, after *journal.Report, err error) repairedJournal {
	a := repairedJournal{
		OK: err == nil, SetAside: append([]string{}, r.SetAside...), Rewritten: append([]string{}, r.Rewritten...), // [] in JSON, not null
		Lost: []string{}, Kept: r.Kept, LastRecord: after.LastSeq,
	}
	for _, loss := range r.Lost {
		a.Lost = append(a.Lost, fmt.Sprint(loss))
	}
	return a
}

// printRepair says what was done. Who hung up does not read the answer.
func printRepair(out io.Writer, a *repairedJournal) {
	for _, name := range a.SetAside {
		fmt.Fprintf(out, "set aside %s\n", name)
	}
	for _, name := range a.Rewritten {
		fmt.Fprintf(out, "rewritten %s\n", name)
	}
	for _, loss := range a.Lost {
		fmt.Fprintf(out, "lost      %s\n", loss)
	}
	switch {
	case !a.OK: // which is said as an error
	case len(a.Rewritten) == 0:
		fmt.Fprintln(out, "nothing to repair")
	default:
		fmt.Fprintf(out, "ok: %d records kept in what was rewritten; the log ends with record %d\n", a.Kept, a.LastRecord)
	}
}
