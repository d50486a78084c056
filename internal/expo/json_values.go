package expo

import (
	"math"
	"strconv"
	"time"
)

func (r *jsonReader) readMetricName(e *jsonEntry) error {
	r.next()
	at := r.at
	name, err := r.readString("a metric name")
	if err != nil {
		return err
	}
	if !validMetricName(name) && !(r.utf8Names && validName(name)) {
		return r.fail(at, name, "invalid metric name %s: want %s", quote(name), r.wantJSONName(wantMetricName))
	}
	e.name = name
	return nil
}

func (r *jsonReader) wantJSONName(classic string) string {
	if r.utf8Names {
		return wantUTF8Name
	}
	return classic
}

// readValue takes a string too: JSON has no other way to say NaN and the infinities.
func (r *jsonReader) readValue(e *jsonEntry) error {
	const want = `a number, or "NaN", "+Inf" or "-Inf" as the value`
	quoted := r.next() == '"'
	e.number = r.at
	token, err := "", error(nil)
	if quoted {
		token, err = r.readString("the value")
	} else {
		token, err = r.readNumber(want)
	}
	if err != nil {
		return err
	}
	var ok bool
	if e.value, ok = parseFloat(token); !ok {
		return r.fail(e.number, e.name, "the value %s is not a 64-bit float: want %s", quote(token), want)
	}
	e.hasValue = true
	return nil
}

func (r *jsonReader) readType(e *jsonEntry) error {
	at := r.at
	s, err := r.readString("the type")
	if err != nil {
		return err
	}
	if e.typ, e.typed = textType(s); !e.typed {
		return r.fail(at, e.name, "unknown metric type %s: want counter, gauge, histogram, summary or untyped", quote(s))
	}
	return nil
}

// The earliest timestamp that is taken for one. Seconds where milliseconds should
// be are in January 1970.
const earliestJSON = 100_000_000_000 // March 1973

// readTimestamp reads milliseconds since the epoch, or a date and time.
func (r *jsonReader) readTimestamp(e *jsonEntry) error {
	const want = `milliseconds since the epoch as an integer, or "2006-01-02T15:04:05Z" as in RFC 3339`
	quoted := r.next() == '"'
	at := r.at
	var token string
	var err error
	if quoted {
		token, err = r.readString("the timestamp")
	} else {
		token, err = r.readNumber(want)
	}
	if err != nil {
		return err
	}
	ms, ok := jsonTime(token, quoted)
	switch {
	case !ok:
		return r.fail(at, e.name, "invalid timestamp %s: want %s", quote(token), want)
	case ms < earliestJSON:
		return r.fail(at, e.name, "timestamp %s is %s: want %s", quote(token), time.UnixMilli(ms).UTC().Format(time.RFC3339), want)
	case ms > r.options.Latest:
		return r.fail(at, e.name, "timestamp %s is too far in the future: want %s, and no later than %s",
			quote(token), want, time.UnixMilli(r.options.Latest).UTC().Format(time.RFC3339))
	}
	e.timestamp, e.hasTimestamp, r.timed = ms, true, true
	return nil
}

func jsonTime(token string, quoted bool) (ms int64, ok bool) {
	if quoted {
		t, err := time.Parse(time.RFC3339, token)
		return t.UnixMilli(), err == nil
	}
	if ms, err := strconv.ParseInt(token, 10, 64); err == nil {
		return ms, true
	}
	f, ok := parseFloat(token) // some write 1.7e12
	return int64(f), ok && f == math.Trunc(f) && math.Abs(f) < 1<<53
}

func (r *jsonReader) readJob(e *jsonEntry) error {
	at := r.at
	job, err := r.readString("the job")
	if err == nil && job == "" {
		err = r.fail(at, e.name, "empty job: want a name")
	}
	e.job = job
	return err
}

func (r *jsonReader) readHelp(e *jsonEntry) (err error) {
	e.help, err = r.readString("the help text")
	e.hasHelp = true
	return err
}

// readLabelSet reads the object under key, which is labels or tags.
func (r *jsonReader) readLabelSet(e *jsonEntry, key string, at int) error {
	if r.null() {
		return nil
	}
	if e.set != "" {
		return r.fail(at, e.name, "both %q and %q: they are two words for one thing, use one of them", e.set, key)
	}
	e.set = key
	if r.next() != '{' {
		return r.expected(key + ` in { }, like {"name": "value"}`)
	}
	from := r.at
	if err := r.members("a label name", func(name string, at int) error { return r.readLabelMember(e, name, at) }); err != nil {
		return err
	}
	if i := r.duplicateLabel(e.labels); i >= 0 {
		name := e.labels[i].Name
		return r.fail(r.where(name, from), e.name, "label %s is given twice", quote(name))
	}
	return nil
}

func (r *jsonReader) readLabelMember(e *jsonEntry, name string, at int) error {
	if !validLabelName(name) && !(r.utf8Names && validName(name)) {
		return r.fail(at, e.name, "invalid label name %s: want %s", quote(name), r.wantJSONName(wantLabelName))
	}
	if name == reservedLabel {
		return r.fail(at, e.name, "label name %q is reserved: the metric's name goes under \"name\"", name)
	}
	if r.next() != '"' {
		return r.expected("the value of label " + quote(name) + " in double quotes")
	}
	value, err := r.readString("a label value")
	if err != nil {
		return err
	}
	if err := r.countPart(); err != nil {
		return err
	}
	e.labels = r.labels.push(e.labels, Label{Name: name, Value: value})
	return nil
}
