package scrape

import (
	"cmp"
	"strings"

	"github.com/cespare/xxhash/v2"

	"github.com/headgate/headgate/internal/expo"
)

// Owner is a group as the scrape sees it: the labels that all its series share.
// It is immutable. The zero value is the owner without labels, to which the
// gateway's own metrics belong.
type Owner struct {
	// labels are sorted by name. Their strings lie in key where that is possible.
	labels []expo.Label
	// key orders owners with one comparison of bytes:
	//
	//	number of labels (2 bytes, big endian) | values in name order | names
	//
	// A value or name is ended by 00 00, and a 00 inside it is 00 01, so that a
	// prefix sorts first.
	key string
	// group is the owner of the group that a series is part of, nil for a group's own.
	group *Owner
}

// NewSeriesOwner returns the owner of one series of a group, which is shown where its
// labels, sorted by name, would stand as a group's, and belongs to its group's shard.
func NewSeriesOwner(labels []expo.Label, group *Owner) *Owner {
	o := NewOwner(labels)
	// A group may have these very labels: its blocks stand before.
	o.key += "\x00\x02" + group.key
	o.group = group
	return o
}

const keyEnd = "\x00\x00"

// NewOwner returns the owner with these labels, which are sorted by name. The
// owner keeps copies and so does not pin the request that the labels came from.
func NewOwner(labels []expo.Label) *Owner {
	var key strings.Builder
	size := 2
	for _, l := range labels {
		size += len(l.Name) + len(l.Value) + 2*len(keyEnd)
	}
	key.Grow(size)
	key.WriteByte(byte(len(labels) >> 8))
	key.WriteByte(byte(len(labels)))
	for _, l := range labels {
		writeKeyPart(&key, l.Value)
	}
	for _, l := range labels {
		writeKeyPart(&key, l.Name)
	}
	o := &Owner{key: key.String(), labels: make([]expo.Label, len(labels))}
	rest := o.key[2:]
	for i, l := range labels {
		o.labels[i].Value, rest = readKeyPart(rest, l.Value)
	}
	for i, l := range labels {
		o.labels[i].Name, rest = readKeyPart(rest, l.Name)
	}
	return o
}

func writeKeyPart(key *strings.Builder, s string) {
	if strings.IndexByte(s, 0) >= 0 {
		s = strings.ReplaceAll(s, "\x00", "\x00\x01")
	}
	key.WriteString(s)
	key.WriteString(keyEnd)
}

// readKeyPart returns s as a part of the key that begins with it, and what
// follows. A string with a zero byte doesn't stand in the key as it is.
func readKeyPart(key, s string) (part, rest string) {
	if zeros := strings.Count(s, "\x00"); zeros > 0 {
		return strings.Clone(s), key[len(s)+zeros+len(keyEnd):]
	}
	return key[:len(s)], key[len(s)+len(keyEnd):]
}

// Labels returns the owner's labels, sorted by name. The caller must not change them.
func (o *Owner) Labels() []expo.Label { return o.labels }

// Compare orders owners by the number of labels, then by their values in the
// order of the names, then by the names, which is the order in which Prometheus's
// own registry lists the metrics of a family.
func (o *Owner) Compare(other *Owner) int {
	if o == other {
		return 0
	}
	return cmp.Compare(o.key, other.key)
}

// value returns the value of the owner's label of this name.
func (o *Owner) value(name string) (string, bool) {
	for _, l := range o.labels {
		if l.Name == name {
			return l.Value, true
		}
	}
	return "", false
}

// shard returns which of n shards the owner belongs to, from 1 to n. It depends on
// the labels alone, so every process and every start gives the same answer. The
// owner without labels belongs to shard 1, lest the gateway's own metrics move
// when n changes.
func (o *Owner) shard(n int) int {
	if o.group != nil {
		return o.group.shard(n)
	}
	if len(o.labels) == 0 || n <= 1 {
		return 1
	}
	return int(xxhash.Sum64String(o.key)%uint64(n)) + 1
}
