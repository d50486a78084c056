package main

import (
	"slices"
	"strings"

	"github.com/headgate/headgate/internal/expo"
	"github.com/headgate/headgate/internal/relabel"
	"github.com/headgate/headgate/internal/vocabulary"
)

// trial applies rules and vocabulary as a gateway does, and keeps what each step did.
type trial struct {
	rules      *relabel.Rules
	texts      []string // of the rules
	vocabulary *vocabulary.Vocabulary
	scratch    relabel.Scratch
}

// trialResult is what became of one label set.
type trialResult struct {
	Grouping bool              `json:"grouping,omitempty"` // it is a grouping key
	Input    map[string]string `json:"input"`
	Steps    []trialStep       `json:"steps"`
	Result   map[string]string `json:"result"`            // null if it was dropped
	Refused  string            `json:"refused,omitempty"` // why a push would be

	input, result []expo.Label
}

// trialStep is what one rule did, or what came after the rules.
type trialStep struct {
	Rule     int            `json:"rule,omitempty"` // from 1
	Text     string         `json:"text"`
	Changes  []labelChange  `json:"changes,omitempty"`
	Dropped  bool           `json:"dropped,omitempty"`
	Findings []trialFinding `json:"findings,omitempty"`
}

// labelChange has an empty From for a label that was added, an empty To for one removed.
type labelChange struct {
	Label string `json:"label"`
	From  string `json:"from,omitempty"`
	To    string `json:"to,omitempty"`
}

type trialFinding struct {
	Rule    string `json:"rule"`
	Action  string `json:"action"`
	Message string `json:"message"`
}

func (t *trial) run(ls []expo.Label, grouping bool) trialResult {
	r := trialResult{Grouping: grouping, Input: labelMap(ls), input: ls}
	now := ls
	for i, text := range t.texts {
		// Each time from the start, as labelmap may depend on more than the labels.
		out, keep, _ := t.rules.First(i+1).Apply(&t.scratch, ls)
		out = slices.Clone(out)
		r.Steps = append(r.Steps, trialStep{Rule: i + 1, Text: text, Changes: changes(now, out, keep), Dropped: !keep})
		if !keep {
			if grouping {
				r.Refused = "the rules drop the grouping key"
			}
			return r
		}
		now = out
	}
	now = t.hide(&r, now)
	now = t.unify(&r, now)
	r.result, r.Result = now, labelMap(now)
	if grouping && r.Refused == "" && r.Result["job"] == "" {
		r.Refused = "no job is left in the grouping key"
	}
	return r
}

// hide takes off the labels that only rules see.
func (t *trial) hide(r *trialResult, ls []expo.Label) []expo.Label {
	out := slices.DeleteFunc(slices.Clone(ls), func(l expo.Label) bool { return strings.HasPrefix(l.Name, "__") && l.Name != "__name__" })
	if len(out) < len(ls) {
		r.Steps = append(r.Steps, trialStep{Text: "labels that begin with __", Changes: changes(ls, out, true)})
	}
	return out
}

// unify applies the vocabulary.
func (t *trial) unify(r *trialResult, ls []expo.Label) []expo.Label {
	if t.vocabulary == nil {
		return ls
	}
	apply := t.vocabulary.Apply
	if r.Grouping {
		apply = t.vocabulary.ApplyKey
	}
	var report vocabulary.Report
	out := apply(&report, ls)
	step := trialStep{Text: "vocabulary", Changes: changes(ls, out, true)}
	for _, f := range report.Findings() {
		action := [...]string{"rewritten", "warned", "refused"}[f.Action]
		step.Findings = append(step.Findings, trialFinding{f.Rule, action, f.Message})
	}
	r.Steps = append(r.Steps, step)
	if err := report.Err(); err != nil {
		r.Refused = err.Error()
	}
	return out
}

// changes compares two sorted label sets; of one that was dropped nothing is to be said.
func changes(before, after []expo.Label, keep bool) (all []labelChange) {
	if !keep {
		return nil
	}
	for len(before) > 0 || len(after) > 0 {
		switch {
		case len(after) == 0 || len(before) > 0 && before[0].Name < after[0].Name:
			all = append(all, labelChange{before[0].Name, before[0].Value, ""})
			before = before[1:]
		case len(before) == 0 || after[0].Name < before[0].Name:
			all = append(all, labelChange{after[0].Name, "", after[0].Value})
			after = after[1:]
		default:
			if before[0].Value != after[0].Value {
				all = append(all, labelChange{after[0].Name, before[0].Value, after[0].Value})
			}
			before, after = before[1:], after[1:]
		}
	}
	return all
}

func labelMap(ls []expo.Label) map[string]string {
	all := map[string]string{}
	for _, l := range ls {
		all[l.Name] = l.Value
	}
	return all
}
