// Package shadow lets a gateway prove itself beside the one that it is to replace: a
// proxy hands each push to both, answers as one of them, and what both show to
// Prometheus is compared.
package shadow
