package scrape

import "github.com/headgate/headgate/internal/expo"

// Syntax is the language of an exposition.
type Syntax uint8

// The syntaxes that are served.
const (
	Text        Syntax = iota // text 0.0.4
	OpenMetrics               // OpenMetrics 1.0
	Protobuf                  // length-delimited MetricFamily messages
)

// Format is what a scraper asked for.
type Format struct {
	Syntax   Syntax
	Escaping expo.Escaping
	// Created writes OpenMetrics' _created lines. Prometheus takes them for series
	// of their own unless a feature flag is set, so they are off by default.
	Created bool
	// ContentType is the response's, with version and escaping.
	ContentType string
}

// key tells the renditions of a sheet apart.
type key struct {
	syntax   Syntax
	escaping expo.Escaping
	created  bool
	gzip     bool
}

func (f *Format) key(gzip bool) key {
	return key{syntax: f.Syntax, escaping: f.Escaping, created: f.Created && f.Syntax == OpenMetrics, gzip: gzip}
}
