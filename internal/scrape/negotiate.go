package scrape

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/headgate/headgate/internal/expo"
)

// text100 is text with quoted UTF-8 names, which is 0.0.4 but for the number. As in
// Pushgateway, who asks for it gets it as 0.0.4 with the escaping asked for.
const text100 expfmt.Format = "text/plain; version=1.0.0; charset=utf-8"

// offered are the formats in the order in which a scraper that likes several
// equally gets them, which is that of Prometheus's own handler.
func offered() []expfmt.Format {
	return []expfmt.Format{expfmt.FmtOpenMetrics_1_0_0, expfmt.FmtOpenMetrics_0_0_1, expfmt.FmtProtoDelim, expfmt.FmtText, text100}
}

// negotiate returns what the Accept header asks for, plain, and the response's
// Content-Type: text, if it asks for nothing that is offered.
func negotiate(h http.Header) (k key, contentType string) {
	chosen := expfmt.NegotiateAccept(h, offered()...)
	if rest, ok := strings.CutPrefix(string(chosen), string(text100)); ok {
		chosen = expfmt.FmtText + expfmt.Format(rest)
	}
	switch chosen.FormatType() {
	case expfmt.TypeOpenMetrics:
		k.syntax = asOpenMetrics
	case expfmt.TypeProtoDelim:
		k.syntax = asProtobuf
	}
	k.escaping = escaping(chosen.ToEscapingScheme())
	return k, string(chosen)
}

func escaping(s model.EscapingScheme) expo.Escaping {
	switch s {
	case model.NoEscaping:
		return expo.AllowUTF8
	case model.DotsEscaping:
		return expo.EscapeDots
	case model.ValueEncodingEscaping:
		return expo.EscapeValues
	default:
		return expo.EscapeUnderscores
	}
}

// acceptsGzip says whether the Accept-Encoding header asks for gzip by name, and
// likes it better than identity if it names that as well.
func acceptsGzip(h http.Header) bool {
	gzip, identity := 0.0, 0.0
	for _, line := range h.Values("Accept-Encoding") {
		for coding := range strings.SplitSeq(line, ",") {
			name, params, _ := strings.Cut(coding, ";")
			switch strings.ToLower(strings.TrimSpace(name)) {
			case "gzip", "x-gzip":
				gzip = quality(params)
			case "identity":
				identity = quality(params)
			}
		}
	}
	return gzip > identity
}

// quality returns the q of a list of parameters: 1 if there is none, 0 if it can't
// be read.
func quality(params string) float64 {
	for param := range strings.SplitSeq(params, ";") {
		name, value, _ := strings.Cut(param, "=")
		if !strings.EqualFold(strings.TrimSpace(name), "q") {
			continue
		}
		q, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
		if err != nil || !(q >= 0 && q <= 1) {
			return 0
		}
		return q
	}
	return 1
}
