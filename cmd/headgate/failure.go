package main

import (
	"errors"
	"fmt"
	"io"
)

// The exit codes of all commands. run has its child's besides.
const (
	exitFailure = 1
	exitUsage   = 2 // the command line makes no sense
)

// errSilent is a failure of which only the exit code tells.
var errSilent = errors.New("failed")

// failure is an error that says more than what went wrong: what to do about it, and
// the exit code that a script tells it by.
type failure struct {
	err  error
	hint string // "" for none
	code int    // 0 stands for exitFailure
}

func (f *failure) Error() string { return f.err.Error() }
func (f *failure) Unwrap() error { return f.err }

// hint adds what to do to an error.
func hint(err error, format string, args ...any) error {
	return &failure{err: err, hint: fmt.Sprintf(format, args...)}
}

// report prints an error as one line, and a line with the hint if there is one, and
// returns the exit code.
func report(w io.Writer, err error) int {
	if err == nil {
		return 0
	}
	f, ok := errors.AsType[*failure](err)
	if !ok {
		f = &failure{err: err}
	}
	if !errors.Is(err, errSilent) {
		fmt.Fprintf(w, "headgate: %v\n", err)
		if f.hint != "" {
			fmt.Fprintf(w, "hint: %s\n", f.hint)
		}
	}
	if f.code == 0 {
		return exitFailure
	}
	return f.code
}
