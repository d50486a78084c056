package pushtest

import (
	"cmp"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"

	"github.com/klauspost/compress/s2"
	"github.com/klauspost/compress/zstd"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
)

// wire is a body as it comes, at the pace and to the length of an order.
type wire struct {
	x   *exchange
	n   int64
	err error // of the connection, or errStop; io.EOF isn't one
}

func (s *wire) Read(b []byte) (int, error) {
	if s.err != nil {
		return 0, s.err
	}
	o := &s.x.order
	if o.chunk > 0 {
		b = b[:min(len(b), o.chunk)]
		s.err = pause(s.x.r.Context(), o.pause)
	}
	if o.limited {
		if s.n >= o.most {
			s.err = errStop
		}
		b = b[:max(0, min(int64(len(b)), o.most-s.n))]
	}
	if s.err != nil {
		return 0, s.err
	}
	n, err := s.x.r.Body.Read(b)
	if s.n += int64(n); s.n > s.x.g.config.maxBody {
		return n, tooLarge("body", s.x.g.config.maxBody)
	}
	if err != nil && !errors.Is(err, io.EOF) {
		s.err = err
	}
	return n, err
}

func tooLarge(what string, most int64) error {
	return &refusal{status: http.StatusRequestEntityTooLarge, text: fmt.Sprintf("%s is larger than the %d bytes allowed", what, most)}
}

// readBody reads and decompresses the body into x.push. An error is errStop if
// the connection ended, or is to end, and else says what is wrong with the body.
func (x *exchange) readBody() error {
	src := &wire{x: x}
	body, err := x.decompress(src)
	x.push.Body, x.push.Wire = body, src.n
	var refused *refusal
	switch {
	case errors.Is(src.err, errStop):
		return errStop
	case src.err != nil:
		x.push.Refused = fmt.Sprintf("the body broke off after %d bytes: %v", src.n, src.err)
		return errStop
	case err == nil || errors.As(err, &refused):
		return err
	}
	return fmt.Errorf("body that is said to be %q: %w", x.r.Header.Get("Content-Encoding"), err)
}

func (x *exchange) decompress(src io.Reader) ([]byte, error) {
	plain := src
	switch encoding := strings.ToLower(x.r.Header.Get("Content-Encoding")); encoding {
	case "", "identity":
	case "gzip":
		z, err := gzip.NewReader(src)
		if err != nil {
			return nil, err
		}
		plain = z
	case "snappy":
		plain = s2.NewReader(src)
	case "zstd":
		z, err := zstd.NewReader(src, zstd.WithDecoderConcurrency(1))
		if err != nil {
			return nil, err
		}
		defer z.Close()
		plain = z
	default:
		return nil, &refusal{status: http.StatusUnsupportedMediaType, text: fmt.Sprintf(
			"content encoding %q: want gzip, snappy (the framing format), zstd or identity", encoding)}
	}
	most := x.g.config.maxBody
	body, err := io.ReadAll(io.LimitReader(plain, most+1))
	if err == nil && int64(len(body)) > most {
		err = tooLarge("decompressed body", most)
	}
	return body, err
}

// formatOf is the format that a header names. As with Pushgateway what is none
// of the others is text.
func formatOf(h http.Header) expfmt.Format {
	kind, parameters, err := mime.ParseMediaType(h.Get("Content-Type"))
	switch {
	case err != nil:
	case kind == expfmt.ProtoType && parameters["proto"] == expfmt.ProtoProtocol && parameters["encoding"] == "delimited":
		return expfmt.FmtProtoDelim
	case kind == expfmt.OpenMetricsType:
		return expfmt.FmtOpenMetrics_1_0_0
	}
	return expfmt.FmtText
}

// decode reads families. Of a name that protobuf has twice the last counts.
func decode(format expfmt.Format, body string) ([]*dto.MetricFamily, error) {
	switch format {
	case expfmt.FmtProtoDelim:
		if err := delimited(body); err != nil {
			return nil, err
		}
	case expfmt.FmtOpenMetrics_1_0_0:
		const end = "# EOF\n"
		body = strings.TrimSuffix(body, end) + end // other gateways don't insist on it
	}
	dec := expfmt.NewDecoder(strings.NewReader(body), format)
	byName := map[string]*dto.MetricFamily{}
	for {
		f := new(dto.MetricFamily)
		err := dec.Decode(f)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		for _, m := range f.Metric {
			sortBounds(m)
		}
		byName[f.GetName()] = f
	}
	families := make([]*dto.MetricFamily, 0, len(byName))
	for _, f := range byName {
		families = append(families, f)
	}
	slices.SortFunc(families, byFamilyName)
	return families, nil
}

// sortBounds puts buckets and quantiles in the order in which a scrape shows them.
func sortBounds(m *dto.Metric) {
	slices.SortFunc(m.GetHistogram().GetBucket(), func(a, b *dto.Bucket) int { return cmp.Compare(a.GetUpperBound(), b.GetUpperBound()) })
	slices.SortFunc(m.GetSummary().GetQuantile(), func(a, b *dto.Quantile) int { return cmp.Compare(a.GetQuantile(), b.GetQuantile()) })
}

// delimited checks that each message's length is one that the body has. The
// decoder takes it as it is, and allocates it.
func delimited(body string) error {
	for rest := []byte(body); len(rest) > 0; {
		length, n := binary.Uvarint(rest)
		if n <= 0 || length > uint64(len(rest)-n) {
			return fmt.Errorf("message at byte %d: want a length and as many bytes, %d are left", len(body)-len(rest), len(rest))
		}
		rest = rest[n+int(length):]
	}
	return nil
}
