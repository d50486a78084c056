// Package push sends metrics to a gateway without losing or repeating them.
package push
