// What the end-to-end tests check Grafana's dashboards with. In a module of its own so that
// its dependencies stay out of the project's.
module github.com/headgate/headgate/e2e/tools/grafana

go 1.26.7

require github.com/grafana/grafana-foundation-sdk/go v0.0.22
