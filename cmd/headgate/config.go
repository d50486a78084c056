package main

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"text/tabwriter"

	"github.com/headgate/headgate/internal/config"
)

// configCmd looks at a configuration file without a gateway.
type configCmd struct {
	Check configCheckCmd `cmd:"" help:"Say all that is wrong with a configuration file, or what it sets."`
}

type configCheckCmd struct {
	File string `arg:"" optional:"" default:"-" help:"The configuration file. Without it, or with -, the standard input is read."`

	output
}

// Help is shown below the usage.
func (configCheckCmd) Help() string {
	return `Examples:
  headgate config check headgate.yml
  headgate config check -o json <headgate.yml

Exit codes: 0 a gateway would take it, 1 it would not, 2 usage. docs/configuration.md has the keys.`
}

// Run fails if the gateway would not start with the file.
func (c *configCheckCmd) Run(s *streams) error {
	name, settings, err := c.load(s.in)
	faulty, isFaulty := errors.AsType[*config.Error](err)
	switch {
	case err != nil && !isFaulty:
		return err
	case c.Quiet:
	case c.Format == "json":
		if err := printReport(s.out, name, &settings, faulty); err != nil {
			return err
		}
	case isFaulty:
		for _, line := range faulty.Lines() {
			fmt.Fprintln(s.out, line)
		}
	default:
		summarise(s.out, name, &settings)
	}
	if isFaulty {
		return fmt.Errorf("%s: a gateway would refuse it (faults: %d)", faulty.File, len(faulty.Faults))
	}
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
func summarise(out io.Writer, file string, s *config.Settings) {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	known, set, lists := 0, 0, ""
	for _, k := range s.Keys() {
		if k.Items != nil {
			lists += counted(k)
			continue
		}
		known++
		if k.Set {
			set++
		}
		if k.Value != k.Default {
			fmt.Fprintf(table, "%s\t%s\tinstead of %s\n", k.Path, withUnit(k), k.Default)
		}
	}
	_ = table.Flush() // who hung up does not read the answer
	for _, note := range s.Notes() {
		fmt.Fprintln(out, "note:", note)
	}
	fmt.Fprintf(out, "ok: %s sets %d of %d keys%s\n", file, set, known, lists)
}

// withUnit is a key's value with its unit behind it if that is a number.
func withUnit(k config.Key) string {
	if _, err := strconv.ParseInt(k.Value, 10, 64); err != nil {
		return k.Value
	}
	return k.Value + " " + k.Unit
}

// counted is ", 2 overrides", or nothing if the list is empty.
func counted(k config.Key) string {
	noun := map[string]string{
		"limits.overrides": "override",
		"lifetimes":        "lifetime",
		"aggregate":        "aggregation rule",
		"aggregations":     "window rule",
		"relabel_configs":  "relabel rule",
		"vocabulary":       "vocabulary term",
		"tokens":           "token",
	}[k.Path]
	switch k.Count {
	case 0:
		return ""
	case 1:
		return ", 1 " + noun
	}
	return fmt.Sprintf(", %d %ss", k.Count, noun)
}

// configReport is the machine-readable answer of config check.
type configReport struct {
	File   string        `json:"file"`
	OK     bool          `json:"ok"`
	Faults []configFault `json:"faults,omitempty"`
	Keys   []configKey   `json:"keys,omitempty"`
	Notes  []string      `json:"notes,omitempty"`
}

type configFault struct {
	Line int    `json:"line,omitempty"`
	Text string `json:"text"`
}

// configKey is a key outside lists. Values are as they stand in the file.
type configKey struct {
	Key     string `json:"key"`
	Set     bool   `json:"set"`
	Value   string `json:"value,omitempty"`
	Default string `json:"default"`
	Unit    string `json:"unit"`
	Items   *int   `json:"items,omitempty"` // of a list of mappings, instead of a value
}

func printReport(out io.Writer, file string, s *config.Settings, faulty *config.Error) error {
	report := configReport{File: file, OK: faulty == nil}
	if faulty != nil {
		for _, f := range faulty.Faults {
			report.Faults = append(report.Faults, configFault(f))
		}
	} else {
		report.Notes = s.Notes()
		for _, k := range s.Keys() {
			as := configKey{Key: k.Path, Set: k.Set, Value: k.Value, Default: k.Default, Unit: k.Unit}
			if k.Items != nil {
				as.Items = &k.Count
			}
			report.Keys = append(report.Keys, as)
		}
	}
	return printJSON(out, report)
}
