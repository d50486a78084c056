package ingest

import (
	"fmt"
	"testing"

	"github.com/headgate/headgate/internal/limit"
	"github.com/headgate/headgate/internal/store"
)

// A push that only asks what would become of it gets the answer that it would get, be
// it taken or refused, and leaves no trace.
func TestRehearsalAnswersAndChangesNothing(t *testing.T) {
	f := limited(t, map[limit.ID]int64{limit.GroupSeries: 5, limit.JobGroups: 2})
	f.must("m 1\n", "job", "j")
	f.must("m 1\n", "job", "j", "run", "1")
	f.must("m 1\n", "job", "solo")
	tests := []struct {
		name, body string
		key        []string
	}{
		{"good", "m 2\n", []string{"job", "j"}},
		{"new group", "m 2\n", []string{"job", "k"}},
		{"over a limit on groups", "m 2\n", []string{"job", "j", "run", "2"}},
		{"over a limit on series", many("m", 9), []string{"job", "k"}},
		{"a timestamp", "m 2 5\n", []string{"job", "j"}},
		{"another type", "# TYPE m counter\nm 2\n", []string{"job", "k"}},
		{"another group's series", "m{run=\"1\"} 2\n", []string{"job", "j"}},
		{"a group that another stands for", "n 2\n", []string{"instance", "", "job", "solo"}},
		{"no metrics", "m\n", []string{"job", "j"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			before, applied := f.scrape(), f.store.Stats().Applied
			rehearsed := f.Push(t.Context(), &Push{Labels: key(test.key...), Body: []byte(test.body), DryRun: true})
			if f.scrape() != before || f.store.Stats().Applied != applied {
				t.Errorf("something changed:\n%s\nbefore\n%s", f.scrape(), before)
			}
			real := f.push(test.body, test.key...)
			if fmt.Sprint(rehearsed) != fmt.Sprint(real) {
				t.Errorf("rehearsed: %v\nreally:    %v", rehearsed, real)
			}
			if real == nil {
				_, _, err := f.Delete(t.Context(), store.Origin{}, []string{store.KeyOf(key(test.key...))})
				if err != nil {
					t.Fatal(err)
				}
				f.must("m 1\n", "job", "j")
			}
		})
	}
}
