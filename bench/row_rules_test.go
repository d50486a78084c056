package main

import (
	"testing"

	"github.com/headgate/headgate/internal/config"
)

// TestRulesConfig promises that the rows with all rules on have as many of each
// kind as their budgets are about, and that the peer's configuration is one.
func TestRulesConfig(t *testing.T) {
	c, err := config.Parse("rules.yml", []byte(rulesConfig))
	if err != nil {
		t.Fatal(err)
	}
	if got := len(c.Relabel); got != 20 {
		t.Errorf("%d relabel rules, want 20", got)
	}
	if got := len(c.Vocabulary); got != 10 {
		t.Errorf("%d vocabulary terms, want 10", got)
	}
	if len(c.Lifetimes) == 0 || len(c.Limits.Overrides) == 0 || c.Lint.Off {
		t.Errorf("%d lifetimes, %d overrides, lint off: %t, want all of them on", len(c.Lifetimes), len(c.Limits.Overrides), c.Lint.Off)
	}
	if c, err = config.Parse("plain.yml", []byte(plainConfig)); err != nil || !c.Lint.Off {
		t.Errorf("without rules: lint off: %t, error %v", c.Lint.Off, err)
	}
}
