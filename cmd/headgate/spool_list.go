package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// spoolListCmd shows a spool.
type spoolListCmd struct {
	spoolDir
	output
}

// Help is shown below the usage.
func (spoolListCmd) Help() string {
	return `Sessions are what a process has left: the next one that uses the folder takes it over. Those that are live belong
to a running process. Dead letters are batches that the gateway has refused for good, or that a bound has pushed out.

Examples:
  headgate spool list
  headgate spool list --spool /var/spool/import -o json

Exit codes: 0 it was read, 1 it can't be read, 2 usage.`
}

// Run prints the spool.
func (c *spoolListCmd) Run(s *streams) error {
	all, err := c.targets()
	if err != nil {
		return err
	}
	return c.print(s.out, all, func(w io.Writer) error { return printTargets(w, all) })
}

func printTargets(out io.Writer, all []target) error {
	sessions := table{right: []bool{false, false, true, true, true, false, false}}
	sessions.heading("TARGET", "SESSION", "BATCHES", "SAMPLES", "BYTES", "OLDEST", "STATE")
	letters := table{right: []bool{false, false, false, true, false}}
	letters.heading("TARGET", "REFUSED", "JOB", "SAMPLES", "REASON")
	for _, t := range all {
		for _, s := range t.Sessions {
			sessions.add(s.row(t.Name)...)
		}
		for _, d := range t.Dead {
			letters.add(cell{text: t.Name}, cell{text: stamp(d.Time)}, cell{text: cmp.Or(d.Job, "-")},
				cell{text: strconv.Itoa(d.Samples)}, cell{text: oneLine(d.Reason)})
		}
	}
	some, refused := len(sessions.rows) > 1, len(letters.rows) > 1
	var errs []error
	if some {
		errs = append(errs, sessions.write(out))
	}
	if some && refused {
		_, err := fmt.Fprintln(out)
		errs = append(errs, err)
	}
	if refused {
		errs = append(errs, letters.write(out))
	}
	if !some && !refused {
		_, err := fmt.Fprintln(out, "nothing waits")
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

func (s *session) row(target string) []cell {
	state := "waiting"
	if s.Live {
		state = "live"
	}
	if s.Damaged > 0 {
		state += fmt.Sprintf(", damaged in %d places", s.Damaged)
	}
	if s.Error != "" {
		state = "unreadable: " + s.Error
	}
	oldest := "-"
	if s.Oldest != nil {
		oldest = stamp(*s.Oldest)
	}
	return []cell{{text: target}, {text: s.Name}, {text: strconv.Itoa(s.Batches)}, {text: strconv.Itoa(s.Samples)},
		{text: strconv.FormatInt(s.Bytes, 10)}, {text: oldest}, {text: state}}
}

func stamp(t time.Time) string { return t.Local().Format("2006-01-02 15:04:05") }

// oneLine makes one line of a text that may be a server's answer.
func oneLine(text string) string {
	const most = 500
	line := []rune(strings.Join(strings.Fields(text), " "))
	return string(line[:min(len(line), most)])
}
