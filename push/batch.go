package push

import (
	"slices"
	"time"

	dto "github.com/prometheus/client_model/go"

	"github.com/headgate/headgate/push/internal/wire"
	"github.com/headgate/headgate/push/labels"
)

// Label is one label of a series or of a grouping key.
type Label = labels.Label

// Mode says what a batch does to its group.
type Mode uint8

// The modes.
const (
	// Replace makes the group what the batch holds, as HTTP's PUT does.
	Replace Mode = iota
	// Merge replaces the families that the batch holds and keeps the others, as POST does.
	Merge
	// Delta adds the batch's counters and histograms to what the group holds. It
	// may be applied once only: Producer and Sequence tell a repetition.
	Delta
	// Samples holds single samples with their timestamps, several of one series
	// among them, for a transport that keeps a history.
	Samples
	// Delete removes the group.
	Delete
)

var modeNames = [...]string{"replace", "merge", "delta", "samples", "delete"}

// String returns the mode as logs and metrics spell it.
func (m Mode) String() string {
	if int(m) < len(modeNames) {
		return modeNames[m]
	}
	return "invalid"
}

// ordered is whether each batch of this mode counts. A batch of another mode is
// superseded by the next one of its group.
func (m Mode) ordered() bool { return m == Delta || m == Samples }

// Batch is what a Transport sends at once: some metric families of one group.
// A Batch isn't changed once it was handed to a Transport, and may be read by
// several goroutines.
type Batch struct {
	// Job and Grouping are the grouping key, Grouping sorted by name and without job.
	Job      string
	Grouping []Label
	Mode     Mode
	// Producer and Sequence are set if the batch may be applied once only. Sequence
	// counts the batches of a producer from 1.
	Producer string
	Sequence uint64
	// Unsure is whether an earlier attempt to send the batch may have been taken. A gateway
	// that doesn't know its producer, or not any more, takes only what surely wasn't.
	Unsure bool
	// Taken is when increments were put into the queue, zero if they never were.
	Taken time.Time
	// Lifetime is what the gateway is asked to do with the group.
	Lifetime Lifetime
	// Run is what the gateway is told of a job's run, as the header Headgate-Run has
	// it, and "" for nothing. See Job.
	Run string
	// Samples is how many samples the batch holds, counting a histogram or summary as one.
	Samples int

	// One of the two is set; the other follows from it.
	families []*dto.MetricFamily
	encoded  []byte // delimited protobuf

	legacy bool // all names are known to be legacy ones
}

// Lifetime is what the gateway is asked to do with a group. The zero value asks for nothing.
type Lifetime struct {
	// TTL lets the group expire this long after its last push.
	TTL time.Duration
	// Expect says how often at least a push is due.
	Expect time.Duration
	// KeepUntilScraped lets the group go once every active scraper has read it.
	KeepUntilScraped bool
}

// Families returns the metric families. The caller must not change them.
func (b *Batch) Families() ([]*dto.MetricFamily, error) {
	if b.families != nil || len(b.encoded) == 0 {
		return b.families, nil
	}
	return wire.Decode(b.encoded)
}

// Encoded returns the families as length-delimited protobuf, as the push API
// takes them. The caller must not change it.
func (b *Batch) Encoded() ([]byte, error) {
	if b.encoded != nil || len(b.families) == 0 {
		return b.encoded, nil
	}
	return wire.Append(nil, b.families), nil
}

// Key returns the grouping key with job in front, which the caller may change.
func (b *Batch) Key() []Label {
	return slices.Insert(slices.Clone(b.Grouping), 0, Label{Name: "job", Value: b.Job})
}

// NewBatch returns a batch of families, which the caller leaves unchanged from
// then on. It is for tests of a Transport; a Pusher makes its own batches.
func NewBatch(job string, grouping []Label, mode Mode, families []*dto.MetricFamily) *Batch {
	b := &Batch{Job: job, Grouping: slices.Clone(grouping), Mode: mode, families: families}
	for _, f := range families {
		b.Samples += len(f.Metric)
	}
	return b
}
