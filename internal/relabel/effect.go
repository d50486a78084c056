package relabel

import (
	"crypto/md5"
	"encoding/binary"
	"strconv"
	"strings"

	"github.com/prometheus/prometheus/model/relabel"
)

// worker finds out what a rule does where its source labels have a value. For
// these actions that depends on nothing else, so that it can be remembered.
type worker struct {
	*relabel.Config
	names *names
}

func (w worker) effect(value string) *effect {
	switch w.Action {
	case relabel.Keep, relabel.Drop:
		if w.Regex.MatchString(value) == (w.Action == relabel.Drop) {
			return &effect{drop: true}
		}
		return nil
	case relabel.Lowercase:
		return w.set(w.TargetLabel, strings.ToLower(value))
	case relabel.Uppercase:
		return w.set(w.TargetLabel, strings.ToUpper(value))
	case relabel.HashMod:
		return w.set(w.TargetLabel, hashMod(value, w.Modulus))
	}
	return w.replace(value)
}

// replace expands the templates of target_label and replacement.
func (w worker) replace(value string) *effect {
	match := w.Regex.FindStringSubmatchIndex(value)
	if match == nil {
		return nil
	}
	target := string(w.Regex.ExpandString(nil, w.TargetLabel, value, match))
	if !w.NameValidationScheme.IsValidLabelName(target) {
		return nil
	}
	return w.set(target, string(w.Regex.ExpandString(nil, w.Replacement, value, match)))
}

// mismatch is the effect of a value that the regex doesn't match.
func (w worker) mismatch() *effect {
	if w.Action == relabel.Keep {
		return &effect{drop: true}
	}
	return nil
}

func (w worker) set(label, value string) *effect {
	return &effect{name: w.names.get(label), value: value}
}

// hashMod is Prometheus's choice of a shard: the second half of the value's MD5,
// as a big-endian number, modulo the shards.
func hashMod(value string, modulus uint64) string {
	sum := md5.Sum([]byte(value))
	return strconv.FormatUint(binary.BigEndian.Uint64(sum[8:])%modulus, 10)
}
