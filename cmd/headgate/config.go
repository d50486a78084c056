package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/headgate/headgate/internal/config"
)

// configCmd looks at a configuration file without a gateway.
type configCmd struct {
	Check configCheckCmd `cmd:"" help:"Say all that is wrong with a configuration file, or what it sets."`
}

type configCheckCmd struct {
	File string `arg:"" optional:"" default:"-" help:"The configuration file. Without it, or with -, the standard input is read."`
}

// Run fails if the gateway would not start with the file.
func (c *configCheckCmd) Run(s *streams) error {
	name, settings, err := c.load(s.in)
	if faulty, ok := errors.AsType[*config.Error](err); ok {
		for _, line := range faulty.Lines() {
			fmt.Fprintln(s.out, line)
		}
		return fmt.Errorf("%s: a gateway would refuse it (faults: %d)", faulty.File, len(faulty.Faults))
	}
	if err != nil {
		return err
	}
	summarise(s.out, name, settings.Keys())
	return nil
}

func (c *configCheckCmd) load(in io.Reader) (name string, _ config.Settings, _ error) {
	if c.File != "-" {
		settings, err := config.Load(c.File)
		return c.File, settings, err
	}
	name = "standard input"
	text, err := io.ReadAll(in)
	if err != nil {
		return name, config.Settings{}, fmt.Errorf("%s: %w", name, err)
	}
	settings, err := config.Parse(name, text)
	return name, settings, err
}

// summarise says what the file changes, which is what its author wants to see confirmed.
func summarise(out io.Writer, file string, keys []config.Key) {
	set := 0
	for _, k := range keys {
		if k.Value != 0 {
			set++
			fmt.Fprintf(out, "%s: %d %s instead of %d\n", k.Path, k.Value, k.Unit, k.Default)
		}
	}
	fmt.Fprintf(out, "ok: %s sets %d of %d keys\n", file, set, len(keys))
}
