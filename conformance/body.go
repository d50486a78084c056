package conformance

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"fmt"
	"io"
	"strings"

	"github.com/klauspost/compress/snappy"
	"github.com/klauspost/compress/zstd"
	dto "github.com/prometheus/client_model/go"
	"google.golang.org/protobuf/encoding/protodelim"
	"google.golang.org/protobuf/encoding/prototext"
)

// RequestBody builds the bytes that the step sends, compressed if it says so.
func (s *Step) RequestBody() ([]byte, error) {
	var raw []byte
	var err error
	switch {
	case s.Body != nil:
		raw = []byte(*s.Body)
	case s.BodyBase64 != nil:
		raw, err = base64.StdEncoding.DecodeString(*s.BodyBase64)
	case s.BodyLines != nil:
		raw = []byte(strings.Join(s.BodyLines, "\n") + "\n")
	case s.BodyProtoText != nil:
		raw, err = delimited(s.BodyProtoText)
	}
	if err != nil {
		return nil, err
	}
	return compress(s.BodyEncoding, raw)
}

func delimited(families []string) ([]byte, error) {
	var buf bytes.Buffer
	for _, text := range families {
		var mf dto.MetricFamily
		if err := prototext.Unmarshal([]byte(text), &mf); err != nil {
			return nil, fmt.Errorf("family %q: %w", text, err)
		}
		if _, err := protodelim.MarshalTo(&buf, &mf); err != nil {
			return nil, err
		}
	}
	return buf.Bytes(), nil
}

func compress(encoding string, raw []byte) ([]byte, error) {
	var buf bytes.Buffer
	var w io.WriteCloser
	switch encoding {
	case "":
		return raw, nil
	case "snappy-block":
		return snappy.Encode(nil, raw), nil
	case "snappy":
		w = snappy.NewBufferedWriter(&buf)
	case "gzip":
		w = gzip.NewWriter(&buf)
	case "zstd":
		zw, err := zstd.NewWriter(&buf, zstd.WithEncoderConcurrency(1))
		if err != nil {
			return nil, err
		}
		w = zw
	default:
		return nil, fmt.Errorf("body encoding %q: want gzip, snappy, snappy-block or zstd", encoding)
	}
	if _, err := w.Write(raw); err != nil {
		return nil, err
	}
	err := w.Close()
	return buf.Bytes(), err
}
