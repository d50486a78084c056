package push

import (
	"bytes"
	"fmt"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/headgate/headgate/push/internal/wire"
)

// encodeBody returns the families of b in a format of the push API. Nobody may
// change what it returns: it may be b's own.
func encodeBody(b *Batch, format expfmt.Format) ([]byte, error) {
	switch format.FormatType() {
	case expfmt.TypeUnknown:
		return nil, unknownFormat(format)
	case expfmt.TypeProtoDelim:
		return encodeProto(b, format.ToEscapingScheme())
	}
	return encodeText(b, format)
}

// encodeProto escapes names that aren't legacy ones where the format says so.
// Almost never there is one, so what is encoded already is looked through first.
func encodeProto(b *Batch, scheme model.EscapingScheme) ([]byte, error) {
	encoded, err := b.Encoded()
	if err != nil || scheme == model.NoEscaping || b.legacy || wire.Legacy(encoded) {
		return encoded, err
	}
	families, err := b.Families()
	if err != nil {
		return nil, err
	}
	escaped := make([]*dto.MetricFamily, len(families))
	for i, f := range families {
		escaped[i] = model.EscapeMetricFamily(f, scheme)
	}
	return wire.Append(nil, escaped), nil
}

// encodeText encodes in any format but delimited protobuf. Other than
// client_golang it ends OpenMetrics with its # EOF.
func encodeText(b *Batch, format expfmt.Format) ([]byte, error) {
	families, err := b.Families()
	if err != nil {
		return nil, err
	}
	var buf bytes.Buffer
	enc := expfmt.NewEncoder(&buf, format)
	for _, f := range families {
		if err := enc.Encode(f); err != nil {
			return nil, fmt.Errorf("failed to encode metric family %s, error is %w", f.GetName(), err)
		}
	}
	if c, ok := enc.(expfmt.Closer); ok {
		if err := c.Close(); err != nil {
			return nil, fmt.Errorf("failed to end the exposition: %w", err)
		}
	}
	return buf.Bytes(), nil
}
