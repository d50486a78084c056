// The Prometheus that the end-to-end tests run. In a module of its own so that
// its dependencies stay out of the project's.
module github.com/headgate/headgate/e2e/tools/prometheus

go 1.26.7

require github.com/prometheus/prometheus v0.316.0
