package scrape

import (
	"net/http"
	"testing"

	"github.com/headgate/headgate/internal/expo"
)

// What each scraper gets: the content type says the format, version and escaping
// as Prometheus's own handler would.
func TestNegotiate(t *testing.T) {
	const (
		browser     = `text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8`
		prometheus2 = `application/openmetrics-text;version=1.0.0;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2`
		prometheus3 = `application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1`
		protobuf    = `application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited`
		// What Prometheus puts before the rest where native histograms are on.
		native     = `application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.6,`
		nativeUTF8 = `application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;escaping=allow-utf-8;q=0.6,`
	)
	const (
		text        = "text/plain; version=0.0.4; charset=utf-8; escaping="
		openMetrics = "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping="
		proto       = protobuf + "; escaping="
	)
	for accept, want := range map[string]struct {
		syntax      syntax
		escaping    expo.Escaping
		contentType string
	}{
		"":          {asText, expo.EscapeUnderscores, text + "underscores"},
		"*/*":       {asText, expo.EscapeUnderscores, text + "underscores"},
		"image/png": {asText, expo.EscapeUnderscores, text + "underscores"},
		browser:     {asText, expo.EscapeUnderscores, text + "underscores"},
		";;;q=":     {asText, expo.EscapeUnderscores, text + "underscores"},
		"text/plain;version=0.0.4;escaping=allow-utf-8": {asText, expo.AllowUTF8, text + "allow-utf-8"},
		"text/plain;version=1.0.0;escaping=allow-utf-8": {asText, expo.AllowUTF8, text + "allow-utf-8"},
		"text/plain;escaping=dots":                      {asText, expo.EscapeDots, text + "dots"},
		"text/plain;escaping=values":                    {asText, expo.EscapeValues, text + "values"},
		"text/plain;escaping=nonsense":                  {asText, expo.EscapeUnderscores, text + "underscores"},
		"application/openmetrics-text":                  {asOpenMetrics, expo.EscapeUnderscores, "application/openmetrics-text; version=0.0.1; charset=utf-8; escaping=underscores"},
		prometheus2:                                     {asOpenMetrics, expo.EscapeUnderscores, openMetrics + "underscores"},
		prometheus3:                                     {asOpenMetrics, expo.AllowUTF8, openMetrics + "allow-utf-8"},
		native + prometheus2:                            {asProtobuf, expo.EscapeUnderscores, proto + "underscores"},
		nativeUTF8 + prometheus3:                        {asProtobuf, expo.AllowUTF8, proto + "allow-utf-8"},
		protobuf:                                        {asProtobuf, expo.EscapeUnderscores, proto + "underscores"},
		protobuf + ";q=0.3,text/plain;q=0.7":            {asText, expo.EscapeUnderscores, text + "underscores"},
		protobuf + ";q=0.7,text/plain;q=0.3":            {asProtobuf, expo.EscapeUnderscores, proto + "underscores"},
	} {
		k, contentType := negotiate(http.Header{"Accept": {accept}})
		if wantKey := (key{syntax: want.syntax, escaping: want.escaping}); k != wantKey || contentType != want.contentType {
			t.Errorf("Accept %q:\ngot  %+v, %q\nwant %+v, %q", accept, k, contentType, wantKey, want.contentType)
		}
	}
}

// gzip is sent only to those who ask for it.
func TestAcceptsGzip(t *testing.T) {
	for accept, want := range map[string]bool{
		"":                                  false,
		"gzip":                              true,
		"GZIP":                              true,
		"deflate, gzip, br":                 true,
		"gzip;q=0":                          false,
		"gzip; q=0.0":                       false,
		"gzip;q=0.5":                        true,
		"gzip;q=x":                          false,
		"gzip;q=NaN":                        false,
		"identity":                          false,
		"identity;q=0.5, gzip":              true,
		"identity, gzip;q=0.5":              false,
		"zstd":                              false,
		"gzipped":                           false,
		"gzip;q=1.0, identity;q=0.5, *;q=0": true,
	} {
		if got := acceptsGzip(http.Header{"Accept-Encoding": {accept}}); got != want {
			t.Errorf("Accept-Encoding %q: %t, want %t", accept, got, want)
		}
	}
	if !acceptsGzip(http.Header{"Accept-Encoding": {"deflate", "gzip"}}) {
		t.Error("gzip on a second line was missed")
	}
}

// Whatever the headers say, the answer is in a format that is offered.
func FuzzNegotiate(f *testing.F) {
	for _, accept := range accepts() {
		f.Add(accept, "gzip")
	}
	f.Add("text/*;q=0.1,*/*;q=2;;,", "gzip;q=,*")
	f.Fuzz(func(t *testing.T, accept, encoding string) {
		h := http.Header{"Accept": {accept}, "Accept-Encoding": {encoding}}
		if k, contentType := negotiate(h); k.escaping > escapeNothing || k.syntax > asProtobuf || contentType == "" {
			t.Errorf("%+v, %q", k, contentType)
		}
		acceptsGzip(h)
	})
}
