package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/linter"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
)

// dockerfile parses a Dockerfile as docker build does, fails on what its linter warns of,
// and follows its steps.
func dockerfile(w io.Writer, file, context string) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	parsed, err := parser.Parse(f)
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	var found []error
	lint := linter.New(&linter.Config{Warn: func(rule, description, _, message string, at []parser.Range) {
		line := 0
		if len(at) > 0 {
			line = at[0].Start.Line
		}
		found = append(found, fmt.Errorf("%s:%d: %s: %s (%s)", file, line, rule, message, description))
	}})
	stages, _, err := instructions.Parse(parsed.AST, lint)
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	for _, warning := range parsed.Warnings {
		found = append(found, fmt.Errorf("%s: %s", file, warning.Short))
	}
	if err := errors.Join(found...); err != nil {
		return err
	}
	if _, err := fmt.Fprintf(w, "ok: %s: %d stages\n", file, len(stages)); err != nil {
		return err
	}
	return follow(w, stages, context)
}
