package push

// Gauge is a value that goes up and down, by the values of its labels.
type Gauge struct{ family *family }

// Gauge returns the gauge of this name, and makes it if there is none. The same
// name asked for with other labels, or as something else, gives a handle that
// records nothing; Err says so. A gauge is not sent before it was recorded.
func (r *Recorder) Gauge(name, help string, labelNames ...string) *Gauge {
	want := newFamily(gaugeKind, name, help, labelNames)
	want.handle = &Gauge{want}
	return r.declare(want).handle.(*Gauge)
}

// Set makes the series of these label values v. Label values are given in the
// order of the gauge's labels; another number of them is refused and counted.
func (g *Gauge) Set(v float64, labelValues ...string) { g.family.do(opSet, v, labelValues) }

// Add adds v, which may be negative.
func (g *Gauge) Add(v float64, labelValues ...string) { g.family.do(opShift, v, labelValues) }

// Sub subtracts v.
func (g *Gauge) Sub(v float64, labelValues ...string) { g.family.do(opShift, -v, labelValues) }

// Inc adds 1.
func (g *Gauge) Inc(labelValues ...string) { g.family.do(opShift, 1, labelValues) }

// Dec subtracts 1.
func (g *Gauge) Dec(labelValues ...string) { g.family.do(opShift, -1, labelValues) }

// With returns the series of these label values. It saves looking it up each time.
func (g *Gauge) With(labelValues ...string) *GaugeSeries {
	s := new(GaugeSeries)
	s.bind(g.family, labelValues)
	return s
}

// GaugeSeries is one series of a Gauge.
type GaugeSeries struct{ bound }

// Set makes the gauge v.
func (s *GaugeSeries) Set(v float64) { s.do(opSet, v) }

// Add adds v, which may be negative.
func (s *GaugeSeries) Add(v float64) { s.do(opShift, v) }

// Sub subtracts v.
func (s *GaugeSeries) Sub(v float64) { s.do(opShift, -v) }

// Inc adds 1.
func (s *GaugeSeries) Inc() { s.do(opShift, 1) }

// Dec subtracts 1.
func (s *GaugeSeries) Dec() { s.do(opShift, -1) }
