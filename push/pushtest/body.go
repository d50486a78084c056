package pushtest

import (
	"compress/gzip"
	"errors"
	"fmt"
	"io"
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

// decode reads a body in the format that its header names. As with Pushgateway,
// what is none of the others is text.
func decode(h http.Header, body string) ([]*dto.MetricFamily, error) {
	format := expfmt.ResponseFormat(h)
	if format == expfmt.FmtUnknown {
		format = expfmt.FmtText
	}
	dec := expfmt.NewDecoder(strings.NewReader(body), format)
	byName := map[string]*dto.MetricFamily{} // of a name given twice the last counts
	for {
		f := new(dto.MetricFamily)
		err := dec.Decode(f)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
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
