package push

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/common/model"
)

// The headers of the push API, see Batch.
const (
	headerAggregate = "Headgate-Aggregate"
	headerProducer  = "Headgate-Producer"
	headerSequence  = "Headgate-Sequence"
	headerFirst     = "Headgate-First-Attempt"
	headerAge       = "Headgate-Age"
	headerTTL       = "Headgate-TTL"
	headerExpect    = "Headgate-Expect"
	headerKeep      = "Headgate-Keep"
	headerRun       = "Headgate-Run"

	aggregateDelta    = "delta"
	keepUntilScraped  = "until-scraped"
	headerContentType = "Content-Type"
)

// leastAge is how old increments have to be for the gateway to be told: those of a
// window that ended a moment ago would be late there, which is no news to anybody.
const leastAge = time.Second

// setOptions sets the headers that ask for more than Pushgateway does.
func setOptions(h http.Header, b *Batch) {
	if b.Mode == Delete {
		return
	}
	if b.Mode == Delta {
		h.Set(headerAggregate, aggregateDelta)
		if age := time.Since(b.Taken); !b.Taken.IsZero() && age >= leastAge {
			h.Set(headerAge, model.Duration(age).String())
		}
	}
	if b.Producer != "" {
		h.Set(headerProducer, b.Producer)
		h.Set(headerSequence, strconv.FormatUint(b.Sequence, 10))
		if !b.Unsure {
			h.Set(headerFirst, "true")
		}
	}
	if d := b.Lifetime.TTL; d > 0 {
		h.Set(headerTTL, model.Duration(d).String())
	}
	if d := b.Lifetime.Expect; d > 0 {
		h.Set(headerExpect, model.Duration(d).String())
	}
	if b.Lifetime.KeepUntilScraped {
		h.Set(headerKeep, keepUntilScraped)
	}
	if b.Run != "" {
		h.Set(headerRun, b.Run)
	}
}

// checkHeader refuses what net/http would refuse in every request.
func checkHeader(h http.Header) error {
	for name, values := range h {
		if !validHeaderName(name) {
			return fmt.Errorf("header %q: want a name of letters, digits and -", name)
		}
		for _, v := range values {
			if i := strings.IndexFunc(v, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }); i >= 0 {
				// The value isn't shown: it may be a secret, read with the end of its line.
				return fmt.Errorf("header %q: its value has %q in it: want no control characters", name, v[i:i+1])
			}
		}
	}
	return nil
}

// validHeaderName reports whether name is a token of RFC 9110.
func validHeaderName(name string) bool {
	return name != "" && !strings.ContainsFunc(name, func(r rune) bool {
		return r <= ' ' || r >= 0x7f || strings.ContainsRune(`()<>@,;:\"/[]?={}`, r)
	})
}
