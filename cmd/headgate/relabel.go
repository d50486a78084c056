package main

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"

	prometheus "github.com/prometheus/prometheus/model/relabel"

	"github.com/headgate/headgate/internal/config"
	"github.com/headgate/headgate/internal/expo"
	"github.com/headgate/headgate/internal/relabel"
	"github.com/headgate/headgate/internal/vocabulary"
)

// relabelCmd is about relabel rules without a gateway.
type relabelCmd struct {
	Test relabelTestCmd `cmd:"" help:"Show what each relabel rule, and then the vocabulary, makes of given labels."`
}

type relabelTestCmd struct {
	ConfigFile string            `name:"config.file" placeholder:"FILE" help:"A gateway's configuration file."`
	Rules      string            `placeholder:"FILE" help:"A file with relabel_configs alone, instead of a configuration file's."`
	Grouping   map[string]string `mapsep:"," placeholder:"job=push,…" help:"The grouping key of the push. It is relabelled itself, and added to each series before."`
	Quiet      bool              `short:"q" help:"Print only what comes out of each series."`
	Output     string            `short:"o" enum:"text,json" default:"text" help:"text or json."`
	Series     []string          `arg:"" optional:"" help:"Series such as 'up{env=\"prod\"}', without _bucket, _sum, _count, le and quantile. Without any, and without --grouping, the standard input is read, one a line."`
}

// Help is shown below the usage.
func (relabelTestCmd) Help() string {
	return `Examples:
  headgate relabel test --config.file headgate.yml 'up{environment="prd"}'
  headgate relabel test --rules rules.yml --grouping job=ci,pipeline=4711
  curl -s localhost:8080/metrics | headgate relabel test --config.file headgate.yml -q

Exit codes: 0 shown, 1 the rules are faulty or a series can't be read, 2 usage.`
}

// Validate finds command lines that make no sense.
func (c *relabelTestCmd) Validate() error {
	if c.ConfigFile == "" && c.Rules == "" {
		return errors.New("no rules: name a file with --config.file or --rules")
	}
	return nil
}

// Run fails if the rules are faulty or a series can't be read. That rules drop a
// series, or would have a push refused, is what it is there to show.
func (c *relabelTestCmd) Run(s *streams) error {
	t, err := c.trial()
	if err != nil {
		return err
	}
	lines := c.Series
	if len(lines) == 0 && len(c.Grouping) == 0 {
		if lines, err = seriesLines(s.in); err != nil {
			return err
		}
	}
	var all []trialResult
	if len(c.Grouping) > 0 {
		all = append(all, t.run(merge(nil, c.Grouping), true))
	}
	for _, line := range lines {
		ls, err := parseSeries(line)
		if err != nil {
			return err
		}
		all = append(all, t.run(merge(ls, c.Grouping), false))
	}
	if c.Output == "json" {
		return printJSON(s.out, map[string]any{"series": all})
	}
	p := trialPrinter{out: s.out, paint: paints(s.out)}
	p.print(all, c.Quiet)
	return nil
}

// trial reads the rules. A file of rules goes before those of the configuration.
func (c *relabelTestCmd) trial() (*trial, error) {
	settings, err := config.Load(c.ConfigFile)
	if err != nil {
		return nil, err
	}
	if c.Rules != "" {
		text, err := os.ReadFile(c.Rules)
		if err != nil {
			return nil, fmt.Errorf("rules: %w", err)
		}
		if settings.Relabel, err = relabel.Read(c.Rules, text); err != nil {
			return nil, err
		}
	}
	return newTrial(settings.Relabel, settings.Vocabulary)
}

func newTrial(configs []*prometheus.Config, terms []vocabulary.Term) (*trial, error) {
	rules, err := relabel.Compile(configs)
	if err != nil {
		return nil, err
	}
	v, err := vocabulary.Compile(terms)
	if err != nil {
		return nil, err
	}
	t := &trial{rules: rules, vocabulary: v}
	for _, c := range configs {
		t.texts = append(t.texts, ruleText(c))
	}
	return t, nil
}

// seriesLines are the lines that aren't comments or empty.
func seriesLines(in io.Reader) (lines []string, _ error) {
	all := bufio.NewScanner(in)
	all.Buffer(nil, 1<<20)
	for all.Scan() {
		if line := strings.TrimSpace(all.Text()); line != "" && line[0] != '#' {
			lines = append(lines, line)
		}
	}
	if err := all.Err(); err != nil {
		return nil, fmt.Errorf("standard input: %w", err)
	}
	return lines, nil
}

// merge adds the grouping key's labels, which go before the series' own.
func merge(own []expo.Label, key map[string]string) []expo.Label {
	all := slices.DeleteFunc(own, func(l expo.Label) bool { _, overwritten := key[l.Name]; return overwritten })
	for _, name := range slices.Sorted(maps.Keys(key)) {
		all = append(all, expo.Label{Name: name, Value: key[name]})
	}
	slices.SortFunc(all, func(a, b expo.Label) int { return cmp.Compare(a.Name, b.Name) })
	return all
}
