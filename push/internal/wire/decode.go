package wire

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

// asIs is the format in which names are UTF-8 and stay what they are.
var asIs = expfmt.NewFormat(expfmt.TypeProtoDelim).WithEscapingScheme(model.NoEscaping)

// Decode reads what Append wrote. What it allocates is bounded by a multiple of
// len(b), whatever lengths b claims. Names that Prometheus doesn't allow, such as
// empty ones, are errors.
func Decode(b []byte) ([]*dto.MetricFamily, error) {
	if err := checkLengths(b); err != nil {
		return nil, err
	}
	src := bytes.NewReader(b)
	dec := expfmt.NewDecoder(src, asIs)
	var families []*dto.MetricFamily
	for {
		f := new(dto.MetricFamily)
		switch err := dec.Decode(f); {
		case errors.Is(err, io.EOF):
			return families, nil
		case err != nil:
			return nil, fmt.Errorf("metric family %d of an encoded batch: %w", len(families)+1, err)
		}
		families = append(families, f)
	}
}

// checkLengths fails if a family claims to be longer than what there is: expfmt
// would allocate as much as is claimed.
func checkLengths(b []byte) error {
	total := len(b)
	for n := 1; len(b) > 0; n++ {
		length, width := binary.Uvarint(b)
		if width <= 0 {
			return fmt.Errorf("metric family %d of an encoded batch, at byte %d: want its length as a varint, got %x",
				n, total-len(b), b[:min(len(b), binary.MaxVarintLen64)])
		}
		b = b[width:]
		if length > uint64(len(b)) {
			return fmt.Errorf("metric family %d of an encoded batch, at byte %d: claims %d bytes, %d are left",
				n, total-len(b), length, len(b))
		}
		b = b[length:]
	}
	return nil
}
