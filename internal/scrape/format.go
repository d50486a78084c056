package scrape

import "github.com/headgate/headgate/internal/expo"

// syntax is the language of an exposition.
type syntax uint8

const (
	asText        syntax = iota // text 0.0.4
	asOpenMetrics               // OpenMetrics 1.0
	asProtobuf                  // length-delimited MetricFamily messages
)

// key is what a scraper asks for, and tells the renditions of a sheet apart.
type key struct {
	syntax   syntax
	escaping expo.Escaping
	// created writes OpenMetrics' _created lines. Prometheus takes them for series of
	// their own unless a feature flag is set.
	created bool
	gzip    bool
}
