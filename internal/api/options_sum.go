package api

import (
	"net/http"
	"strconv"

	"github.com/headgate/headgate/internal/ingest"
	"github.com/headgate/headgate/internal/store"
)

// mostName bounds the names of pushers and producers and idempotency keys, in bytes.
const mostName = 256

// sum reads how a push asks to be added up.
func (a asked) sum() (w ingest.SumWish, err error) {
	value, spelt, err := a.option(aggregateParam, aggregateHeader)
	switch {
	case err != nil:
		return w, err
	case value == "delta":
		w.Mode = store.Delta
	case value == "cumulative":
		w.Mode = store.Cumulative
	case value != "":
		return w, refuse(badOption, "%s%q: want %s", spelt, brief(value), wanted[aggregateParam])
	}
	if w.Pusher, spelt, err = a.option(pusherParam, pusherHeader); err != nil {
		return w, err
	}
	return w, checkName(spelt, w.Pusher)
}

// once reads how a push is told from its repetitions.
func (a asked) once(w *ingest.SumWish) (o store.Once, err error) {
	q := &o.Sequence
	if q.Producer, err = a.only(producerHeader); err != nil {
		return o, err
	}
	if o.Key, err = a.only(keyHeader); err != nil {
		return o, err
	}
	if q.Number, err = a.number(sequenceHeader); err != nil {
		return o, err
	}
	if q.Epoch, err = a.number(epochHeader); err != nil {
		return o, err
	}
	if o.First, err = a.first(); err != nil {
		return o, err
	}
	w.Epoch = q.Epoch
	switch {
	case (q.Producer == "") != (q.Number == 0):
		return o, refuse(badOption, "headers %s %q and %s %d: want both, with a number from 1, or neither", producerHeader, brief(q.Producer), sequenceHeader, q.Number)
	case q.Producer != "" && o.Key != "":
		return o, refuse(badOption, "headers %s and %s: want one of both", producerHeader, keyHeader)
	case q.Producer == "":
		q.Epoch, o.First = 0, false // a pusher's
	}
	return o, nil
}

// first is whether the push is its producer's first attempt.
func (a asked) first() (bool, error) {
	value, err := a.only(firstHeader)
	if err != nil {
		return false, err
	}
	return readFlag("header "+firstHeader+": ", value)
}

// only returns the value of a header that may stand once.
func (a asked) only(name string) (string, error) {
	values := a.header[name]
	if len(values) == 0 {
		return "", nil
	}
	if len(values) > 1 {
		return "", refuse(badOption, "header %s is there %d times: want one", name, len(values))
	}
	return values[0], checkName("header "+name+": ", values[0])
}

func checkName(spelt, value string) error {
	if len(value) > mostName {
		return refuse(badOption, "%s%q has %d bytes, %d allowed", spelt, brief(value), len(value), mostName)
	}
	return nil
}

func (a asked) number(name string) (uint64, error) {
	value, err := a.only(name)
	if err != nil || value == "" {
		return 0, err
	}
	n, err := strconv.ParseUint(value, 10, 64)
	if err != nil || n == 0 {
		return 0, refuse(badOption, "header %s: %q: want a whole number from 1", name, brief(value))
	}
	return n, nil
}

// summed tells in the answer's header how a push was taken.
func (a *API) summed(w http.ResponseWriter, p *ingest.Push) {
	if p.Mode != store.Keep {
		w.Header().Set(aggregateHeader, p.Mode.String())
	}
	if p.Duplicate {
		w.Header().Set(duplicateHeader, "true")
		a.Telemetry.duplicates.Inc()
	}
}
