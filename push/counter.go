package push

// Counter counts what happens, by the values of its labels. It only goes up.
type Counter struct{ family *family }

// Counter returns the counter of this name, and makes it if there is none. The
// same name asked for with other labels, or as something else, gives a handle that
// records nothing; Err says so.
//
// A counter without labels is sent as 0 before the first Add.
func (r *Recorder) Counter(name, help string, labelNames ...string) *Counter {
	want := newFamily(counterKind, name, help, labelNames)
	want.handle = &Counter{want}
	return r.declare(want).handle.(*Counter)
}

// Add adds v to the series of these label values, given in the order of the
// counter's labels. A v that is negative or not finite is refused and counted, and
// so is another number of values.
func (c *Counter) Add(v float64, labelValues ...string) { c.family.do(opAdd, v, labelValues) }

// Inc adds 1.
func (c *Counter) Inc(labelValues ...string) { c.family.do(opAdd, 1, labelValues) }

// With returns the series of these label values, which is sent as 0 before the
// first Add. It saves looking up the series each time.
func (c *Counter) With(labelValues ...string) *CounterSeries {
	s := new(CounterSeries)
	s.bind(c.family, labelValues)
	return s
}

// CounterSeries is one series of a Counter.
type CounterSeries struct{ bound }

// Add adds v, as Counter.Add does.
func (s *CounterSeries) Add(v float64) { s.do(opAdd, v) }

// Inc adds 1.
func (s *CounterSeries) Inc() { s.do(opAdd, 1) }
