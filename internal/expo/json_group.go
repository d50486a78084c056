package expo

import (
	"slices"
	"strings"
)

// instanceLabel is a part of the grouping key unless something else is asked for.
const instanceLabel = "instance"

// group holds e to the grouping key of the entries before it.
func (r *jsonReader) group(e *jsonEntry) error {
	key, err := r.keyOf(e)
	if err != nil {
		return err
	}
	if r.key == nil {
		for _, l := range key {
			r.key = r.labels.push(r.key, l)
		}
		return nil
	}
	if !slices.Equal(key, r.key) {
		return r.fail(e.at, e.name, "group %s, but the entries before it are of group %s: a push changes one group, so send one for each (the group is made of %s)",
			describe(key), describe(r.key), r.madeOfLabels())
	}
	return nil
}

// keyOf returns the grouping key of one entry. It is valid until the next call.
func (r *jsonReader) keyOf(e *jsonEntry) ([]Label, error) {
	job, err := r.jobOf(e)
	if err != nil {
		return nil, err
	}
	key := append(r.scratch[:0], Label{Name: "job", Value: job})
	if r.options.Grouping == nil {
		if instance := labelOf(e.labels, instanceLabel); instance != "" {
			key = append(key, Label{Name: instanceLabel, Value: instance})
		}
	}
	for _, name := range r.options.Grouping {
		i := slices.IndexFunc(e.labels, func(l Label) bool { return l.Name == name })
		if i < 0 {
			return nil, r.fail(e.at, e.name, "no label %s, which is to be a part of the grouping key: the group is made of %s", quote(name), r.madeOfLabels())
		}
		key = append(key, e.labels[i])
	}
	slices.SortFunc(key, func(a, b Label) int { return strings.Compare(a.Name, b.Name) })
	r.scratch = key
	return key, nil
}

// jobOf is the job under its key, or else among the labels, or else that of the request.
func (r *jsonReader) jobOf(e *jsonEntry) (string, error) {
	labelled := labelOf(e.labels, "job")
	switch {
	case e.job != "" && labelled != "" && e.job != labelled:
		return "", r.fail(e.at, e.name, "job is %s and label job is %s: want one job", quote(e.job), quote(labelled))
	case e.job != "":
		return e.job, nil
	case labelled != "":
		return labelled, nil
	case r.options.Job != "":
		return r.options.Job, nil
	}
	return "", r.fail(e.at, e.name, `no job: want "job" in each entry, or ?job= in the URL for all of them`)
}

// emptyKey is the grouping key of a list without entries, which tells that a job
// has run and has nothing to say.
func (r *jsonReader) emptyKey() error {
	if r.options.Job == "" || len(r.options.Grouping) > 0 {
		return r.fail(0, "", "no entries: nothing says which group the push is for (the group is made of %s)", r.madeOfLabels())
	}
	r.key = r.labels.push(nil, Label{Name: "job", Value: r.options.Job})
	return nil
}

func (r *jsonReader) madeOfLabels() string {
	if r.options.Grouping == nil {
		return "job and, if there is one, instance; ?grouping= in the URL says otherwise"
	}
	return strings.Join(append([]string{"job"}, r.options.Grouping...), ", ") + ", as ?grouping= in the URL says"
}

func labelOf(labels []Label, name string) string {
	for i := range labels {
		if labels[i].Name == name {
			return labels[i].Value
		}
	}
	return ""
}
