package scrape

import (
	"runtime"

	"github.com/headgate/headgate/internal/expo"
)

// body puts a response together, and makes the renditions that are missing for it.
func (v *View) body(k key) (*body, error) {
	renditions, err := v.renditions(k)
	if err != nil {
		return nil, err
	}
	b := newBody(k.gzip, len(renditions))
	if k.syntax == asProtobuf {
		v.protoBody(b, k, renditions)
	} else {
		for _, r := range renditions {
			b.add(r.body)
		}
	}
	if k.syntax == asOpenMetrics {
		b.literal([]byte(expo.OpenMetricsEOF))
	}
	b.end()
	return b, nil
}

// renditions returns those of all sheets, made on all processors if many are missing.
func (v *View) renditions(k key) ([]*rendition, error) {
	for _, stale := range v.cache.use(k) {
		for _, s := range v.sheets {
			s.forget(stale)
		}
	}
	all := make([]*rendition, len(v.sheets))
	var missing []int
	size := 0
	for i, s := range v.sheets {
		all[i] = s.rendition(k)
		if !all[i].done.Load() {
			missing = append(missing, i)
			size += len(s.text)
		}
	}
	each(len(missing), min(1+size/makeBatch, runtime.GOMAXPROCS(0)), func(at int) {
		i := missing[at]
		all[i].make(v.sheets[i], v.cache)
		// No lock is held here. A push, which changes goroutines some six times on its way,
		// could wait each time for as long as a goroutine may keep a processor.
		runtime.Gosched()
	})
	for _, r := range all {
		if r.err != nil {
			return nil, r.err
		}
	}
	return all, nil
}

// makeBatch is how much text, in bytes, is worth a goroutine to encode or compress it.
const makeBatch = 512 << 10
