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
		prometheus3 = `application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1`
		protobuf    = `application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited`
	)
	for accept, want := range map[string]Format{
		"":          {Text, expo.EscapeUnderscores, false, "text/plain; version=0.0.4; charset=utf-8; escaping=underscores"},
		"*/*":       {Text, expo.EscapeUnderscores, false, "text/plain; version=0.0.4; charset=utf-8; escaping=underscores"},
		"image/png": {Text, expo.EscapeUnderscores, false, "text/plain; version=0.0.4; charset=utf-8; escaping=underscores"},
		";;;q=":     {Text, expo.EscapeUnderscores, false, "text/plain; version=0.0.4; charset=utf-8; escaping=underscores"},
		"text/plain;version=0.0.4;escaping=allow-utf-8": {Text, expo.AllowUTF8, false, "text/plain; version=0.0.4; charset=utf-8; escaping=allow-utf-8"},
		"text/plain;version=1.0.0;escaping=allow-utf-8": {Text, expo.AllowUTF8, false, "text/plain; version=0.0.4; charset=utf-8; escaping=allow-utf-8"},
		"text/plain;escaping=dots":                      {Text, expo.EscapeDots, false, "text/plain; version=0.0.4; charset=utf-8; escaping=dots"},
		"text/plain;escaping=values":                    {Text, expo.EscapeValues, false, "text/plain; version=0.0.4; charset=utf-8; escaping=values"},
		"text/plain;escaping=nonsense":                  {Text, expo.EscapeUnderscores, false, "text/plain; version=0.0.4; charset=utf-8; escaping=underscores"},
		"application/openmetrics-text":                  {OpenMetrics, expo.EscapeUnderscores, false, "application/openmetrics-text; version=0.0.1; charset=utf-8; escaping=underscores"},
		prometheus3:                                     {OpenMetrics, expo.AllowUTF8, false, "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=allow-utf-8"},
		protobuf:                                        {Protobuf, expo.EscapeUnderscores, false, "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited; escaping=underscores"},
		protobuf + ";q=0.3,text/plain;q=0.7":            {Text, expo.EscapeUnderscores, false, "text/plain; version=0.0.4; charset=utf-8; escaping=underscores"},
		protobuf + ";q=0.7,text/plain;q=0.3":            {Protobuf, expo.EscapeUnderscores, false, "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited; escaping=underscores"},
	} {
		if got := Negotiate(http.Header{"Accept": {accept}}); got != want {
			t.Errorf("Accept %q:\ngot  %+v\nwant %+v", accept, got, want)
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
		if got := AcceptsGzip(http.Header{"Accept-Encoding": {accept}}); got != want {
			t.Errorf("Accept-Encoding %q: %t, want %t", accept, got, want)
		}
	}
	if !AcceptsGzip(http.Header{"Accept-Encoding": {"deflate", "gzip"}}) {
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
		format := Negotiate(h)
		if format.Escaping > escapeNothing || format.Syntax > Protobuf || format.ContentType == "" {
			t.Errorf("%+v", format)
		}
		AcceptsGzip(h)
	})
}
