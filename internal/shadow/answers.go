package shadow

import (
	"bytes"
	"cmp"
	"slices"
	"sync"
)

// mostVerdicts bounds how many kinds of different answers are kept apart.
const mostVerdicts = 100

// answers counts how the two answered.
type answers struct {
	mu       sync.Mutex
	requests int
	verdicts map[verdictKey]*Verdict
	more     int // different answers of kinds that there was no room for
}

type verdictKey struct {
	method   string
	old, new int
}

// Verdict is a kind of request that the two answered differently.
type Verdict struct {
	Method string `json:"method"`
	// Old and New are the HTTP statuses, 0 where there was no answer.
	Old int `json:"old"`
	New int `json:"new"`
	// Count is how many requests there were.
	Count int `json:"count"`
	// Path, OldSays and NewSays are of the first of them.
	Path    string `json:"path"`
	OldSays string `json:"old_says,omitempty"`
	NewSays string `json:"new_says,omitempty"`
}

// note counts a pair of answers. 200 and 202 are both success: older Pushgateways have 202.
func (a *answers) note(method, path string, old, latest reply) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.requests++
	if old.status == latest.status || old.status/100 == 2 && latest.status/100 == 2 {
		return
	}
	k := verdictKey{method, old.status, latest.status}
	if v := a.verdicts[k]; v != nil {
		v.Count++
		return
	}
	if len(a.verdicts) == mostVerdicts {
		a.more++
		return
	}
	if a.verdicts == nil {
		a.verdicts = map[verdictKey]*Verdict{}
	}
	a.verdicts[k] = &Verdict{
		Method: method, Old: old.status, New: latest.status, Count: 1, Path: path, OldSays: old.says(), NewSays: latest.says(),
	}
}

// says is the first line of what a gateway answered.
func (a *reply) says() string {
	if a.err != nil {
		return a.err.Error()
	}
	line, _, _ := bytes.Cut(bytes.TrimSpace(a.body), []byte("\n"))
	const most = 300
	return string(line[:min(len(line), most)])
}

func (a *answers) report(r *Report) {
	a.mu.Lock()
	defer a.mu.Unlock()
	r.Requests, r.MoreAnswers = a.requests, a.more
	r.Answers = make([]Verdict, 0, len(a.verdicts))
	for _, v := range a.verdicts {
		r.Answers = append(r.Answers, *v)
	}
	slices.SortFunc(r.Answers, func(a, b Verdict) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Method, b.Method), cmp.Compare(a.Old, b.Old), cmp.Compare(a.New, b.New))
	})
}
