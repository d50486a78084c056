package push

import (
	"strings"
	"sync"
	"time"
)

const (
	// warnedEvery is how often the log has the same warning: it stays true until
	// somebody changes the program.
	warnedEvery = time.Hour
	// mostRules bounds the rules that are counted by name: it is the target that names them.
	mostRules = 64
	// mostWarned bounds the warnings that the log tells apart. Beyond it has one of each rule.
	mostWarned = 256
	// otherRule stands for rules without a name, and beyond the bound.
	otherRule = "other"
)

// warned counts and logs what a target warns of.
func (r *reporter) warned(target, job string, warnings []Warning) {
	for _, w := range warnings {
		rule := r.rules.name(w.Rule)
		r.telemetry().warnings.WithLabelValues(target, rule).Inc()
		msg := rule + ": " + subject(w.Message)
		if r.warnings.full(mostWarned) {
			msg = rule
		}
		held, due := r.warnings.next(msg, target, time.Now(), warnedEvery)
		if !due {
			continue
		}
		args := []any{"target", target, "job", job, "rule", rule, "warning", w.Message}
		if held > 0 {
			args = append(args, "suppressed", held)
		}
		r.p.logger.Warn("push: the target warns", args...)
	}
}

// subject is what of a message stays the same from push to push: its first word, most
// often the metric with the label, and what follows up to the first number or example.
func subject(message string) string {
	first, rest, _ := strings.Cut(message, " ")
	if strings.Trim(first, "0123456789") == "" {
		first = ""
	}
	if i := strings.IndexAny(rest, `0123456789"`); i >= 0 {
		rest = rest[:i]
	}
	return first + " " + rest
}

// rules are the names under which warnings are counted. The zero value works.
type rules struct {
	mu    sync.Mutex
	known map[string]bool
}

// name is rule if it may be counted by its name.
func (r *rules) name(rule string) string {
	if !validRule(rule) {
		return otherRule
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.known[rule] {
		if len(r.known) >= mostRules {
			return otherRule
		}
		if r.known == nil {
			r.known = map[string]bool{}
		}
		r.known[rule] = true
	}
	return rule
}

// validRule is whether rule looks like an id: lower case, digits and hyphens.
func validRule(rule string) bool {
	const longest = 64
	return rule != "" && len(rule) <= longest && strings.Trim(rule, "abcdefghijklmnopqrstuvwxyz0123456789-_") == ""
}
