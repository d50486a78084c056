package aggregate

import (
	"math"
	"math/bits"
	"strconv"

	"github.com/headgate/headgate/internal/expo"
)

// amount is a count of a histogram: n if its counts are integers, f if they are
// floats. The other is 0, so both can be worked with alike.
type amount struct {
	n uint64
	f float64
}

// amountOf returns a count as expo has it. A float overrides an integer if it isn't 0.
func amountOf(n uint64, f float64, float bool) amount {
	switch {
	case !float:
		return amount{n: n}
	case f != 0:
		return amount{f: f}
	}
	return amount{f: float64(n)}
}

// String returns the count for a message.
func (a amount) String() string {
	if a.f != 0 {
		return string(expo.AppendFloat(nil, a.f))
	}
	return strconv.FormatUint(a.n, 10)
}

// valid tells whether a can be how often something was observed.
func (a amount) valid() bool { return a.f >= 0 && a.f <= math.MaxFloat64 }

func (a amount) isZero() bool { return a == amount{} }

func (a amount) less(b amount) bool { return a.n < b.n || a.f < b.f }

// plus returns a+b, and false if that is more than an amount holds.
func (a amount) plus(b amount) (sum amount, ok bool) {
	n, carry := bits.Add64(a.n, b.n, 0)
	sum = amount{n, a.f + b.f}
	return sum, carry == 0 && sum.valid()
}

// rounding is by which part of a histogram's count floats may seem to fall, because
// they were added in another order, before it is a reset.
const rounding = 1e-9

// minus returns a-b, and false if b is the larger by more than rounding in a
// histogram of the count all.
func (a amount) minus(b, all amount) (difference amount, ok bool) {
	if a.n < b.n || a.f < b.f-rounding*all.f {
		return amount{}, false
	}
	return amount{a.n - b.n, max(0, a.f-b.f)}, true
}

// atLeast returns a, or b if that is larger by no more than rounding in a histogram
// of the count all, and false if it is by more.
func (a amount) atLeast(b, all amount) (amount, bool) {
	if _, ok := a.minus(b, all); !ok {
		return a, false
	}
	return amount{a.n, max(a.f, b.f)}, true
}
