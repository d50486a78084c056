package push

import (
	"net/http"
	"testing"
	"time"

	"github.com/prometheus/common/model"
)

// Increments that waited, in a spool or for a retry, go with how long; new ones and
// state, of which the present is meant, don't.
func TestHTTPTellsTheAgeOfIncrements(t *testing.T) {
	s := newServer(t, func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Headgate-Aggregate", "delta") })
	h := testHTTP(t, HTTPConfig{URL: s.URL})
	for _, c := range []struct {
		mode Mode
		age  time.Duration // 0: unknown
		told bool
	}{{Delta, 90 * time.Second, true}, {Delta, 0, false}, {Delta, 10 * time.Millisecond, false}, {Delta, -time.Hour, false}, {Merge, time.Hour, false}} {
		b := gaugeBatch(c.mode)
		if c.age != 0 {
			b.Taken = time.Now().Add(-c.age)
		}
		if err := h.Send(t.Context(), b); err != nil {
			t.Fatal(err)
		}
		told := s.last(t).Header.Get("Headgate-Age")
		if age, err := model.ParseDuration(told); (told != "") != c.told || c.told && (err != nil || time.Duration(age) < c.age) {
			t.Errorf("%v of %s ago: got the age %q, want one: %v", c.mode, c.age, told, c.told)
		}
	}
}
