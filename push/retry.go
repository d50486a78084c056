package push

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"time"
)

// Retry says when a batch that failed is sent again. The zero value means the
// defaults.
type Retry struct {
	// Base is the wait before the second attempt; each further one is twice as
	// long. 0 means 1 s.
	Base time.Duration
	// Max bounds the wait. 0 means 60 s.
	Max time.Duration
	// MaxRetryAfter bounds what a target may ask for with Retry-After, which is
	// otherwise a lower bound of the wait. 0 means 5 min.
	MaxRetryAfter time.Duration
	// Attempts is after how many attempts a batch has failed. 0 means that it is
	// tried until it is superseded, pushed out by a bound, or left at Close.
	Attempts int
}

func (r Retry) withDefaults() (Retry, error) {
	if r.Base < 0 || r.Max < 0 || r.MaxRetryAfter < 0 || r.Attempts < 0 {
		return r, fmt.Errorf("retry %+v: want no negative value", r)
	}
	if r.Base == 0 {
		r.Base = time.Second
	}
	if r.Max == 0 {
		r.Max = max(time.Minute, r.Base)
	}
	if r.MaxRetryAfter == 0 {
		r.MaxRetryAfter = 5 * time.Minute
	}
	if r.Max < r.Base {
		return r, fmt.Errorf("retry: the longest wait %s is shorter than the first, %s", r.Max, r.Base)
	}
	return r, nil
}

// wait is how long to wait after the given number of failures in a row, the last
// of which was err. Half of it is drawn at random, so that many clients of one
// gateway don't come back all at once.
func (r Retry) wait(failures int, err error) time.Duration {
	d := r.Base
	for i := 1; i < failures && d < r.Max; i++ {
		d *= 2
	}
	d = min(d, r.Max)
	d = d/2 + rand.N(d/2+1)
	return max(d, r.asked(err))
}

// asked is how long the target itself wants to be left alone.
func (r Retry) asked(err error) time.Duration {
	var send *SendError
	if !errors.As(err, &send) || send.RetryAfter <= 0 {
		return 0
	}
	return min(send.RetryAfter, r.MaxRetryAfter)
}
