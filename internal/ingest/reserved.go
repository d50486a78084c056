package ingest

import (
	"slices"
	"strings"
	"sync/atomic"

	"github.com/headgate/headgate/internal/expo"
	"github.com/headgate/headgate/internal/store"
)

// reserved are the gateway's own metric families, by name. A pushed family may
// share a name with one of the same type. This is checked at the door and not
// in the store, since which families a gateway has depends on its version and
// must not decide what a replayed journal means.
type reserved struct {
	types atomic.Pointer[map[string]expo.Type]
}

// Reserve notes the gateway's own families, as of the newest scrape. Safe for
// concurrent use; cheap if nothing was added.
func (d *Door) Reserve(own []expo.Family) {
	old := d.reserved.types.Load()
	if old != nil && !slices.ContainsFunc(own, func(f expo.Family) bool { t, ok := (*old)[f.Name]; return !ok || t != f.Type }) {
		return
	}
	types := make(map[string]expo.Type, len(own))
	for _, name := range store.OwnNames() {
		types[name] = expo.Gauge
	}
	for i := range own {
		types[own[i].Name] = own[i].Type
	}
	d.reserved.types.Store(&types)
}

func (r *reserved) check(f *expo.Family) error {
	types := r.types.Load()
	if types == nil {
		return nil
	}
	if t, ok := (*types)[f.Name]; ok && t != f.Type {
		return refuse("type", "metric family %s has type %s here, but the gateway's own %s has type %s: push it as that, or under another name",
			f.Name, f.Type, f.Name, t)
	}
	for i, name := range append([]string{f.Name}, store.AliasesOf(f.Name)...) {
		if _, ok := (*types)[name]; ok && i > 0 {
			return refuse("name", "metric family %q is the gateway's own %s to a scraper that asks for escaped names: push it under another name", f.Name, name)
		}
		if own := collides(*types, name, f.Type); own != "" {
			return refuse("name", "%s %q collides with the gateway's own %s: push it under another name", f.Type, f.Name, own)
		}
	}
	return nil
}

// collides returns the own family that a family of that name and type would share
// sample names with, by the suffixes of either.
func collides(own map[string]expo.Type, name string, typ expo.Type) string {
	for _, suffix := range [...]string{"_count", "_sum", "_bucket"} {
		if base, ok := strings.CutSuffix(name, suffix); ok {
			if t, ok := own[base]; ok && hasSamples(t, suffix) {
				return base
			}
		}
		if hasSamples(typ, suffix) {
			if _, ok := own[name+suffix]; ok {
				return name + suffix
			}
		}
	}
	return ""
}

// hasSamples is whether a family of that type shows samples with that suffix.
func hasSamples(t expo.Type, suffix string) bool {
	switch t {
	case expo.Summary:
		return suffix != "_bucket"
	case expo.Histogram, expo.GaugeHistogram:
		return true
	}
	return false
}
