package labels

import (
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"unicode/utf8"
)

// RegionRule is made by Region.
type RegionRule struct {
	source, target string
	networks       map[string]string
	unknown        string
}

// Region replaces the label source, which holds an IP address, by the label target,
// which holds the name of the network that the address is in: networks has
// names by CIDR prefix or single address, and the longest prefix wins. An address may come with a port,
// with a zone, or as IPv4 in IPv6. What is in no network, or no address, is
// UnknownValue.
func Region(source, target string, networks map[string]string) RegionRule {
	return RegionRule{source, target, maps.Clone(networks), UnknownValue}
}

// Else sets the value for what is in no network.
func (r RegionRule) Else(value string) RegionRule {
	r.unknown = value
	return r
}

// String returns the rule as code spells it.
func (r RegionRule) String() string { return spell("Region", r.source, r.target) }

func (r RegionRule) add(d *draft) error {
	if err := errors.Join(checkLabel(r.source), checkNewLabel(r.target)); err != nil {
		return err
	}
	if other, ok := d.regions[r.source]; ok {
		return fmt.Errorf("%q is replaced by %q already", r.source, other.target)
	}
	if len(r.networks) == 0 {
		return errors.New("want at least one network")
	}
	if !utf8.ValidString(r.unknown) {
		return fmt.Errorf("value %q: want UTF-8", r.unknown)
	}
	made := &region{target: r.target, unknown: r.unknown, names: map[netip.Prefix]string{}}
	for _, cidr := range slices.Sorted(maps.Keys(r.networks)) {
		if err := made.add(cidr, r.networks[cidr]); err != nil {
			return err
		}
	}
	d.regions[r.source] = made
	return nil
}

// region finds names of networks.
type region struct {
	target  string
	unknown string
	names   map[netip.Prefix]string
	v4, v6  []int // the lengths of prefixes there are, longest first
}

func (r *region) add(cidr, name string) error {
	p, err := parseNetwork(cidr)
	if err != nil {
		return err
	}
	if !utf8.ValidString(name) {
		return fmt.Errorf("value %q of network %q: want UTF-8", name, cidr)
	}
	if other, ok := r.names[p]; ok && other != name {
		return fmt.Errorf("network %q is %q already, not %q", cidr, other, name)
	}
	r.names[p] = name
	lengths := &r.v6
	if p.Addr().Is4() {
		lengths = &r.v4
	}
	if !slices.Contains(*lengths, p.Bits()) {
		*lengths = append(*lengths, p.Bits())
		slices.SortFunc(*lengths, func(a, b int) int { return b - a })
	}
	return nil
}

// mappedBits is how many bits of an IPv6 address stand before the IPv4 address in it.
const mappedBits = 96

func parseNetwork(cidr string) (netip.Prefix, error) {
	if a, err := netip.ParseAddr(cidr); err == nil && a.Zone() == "" {
		a = a.Unmap()
		return netip.PrefixFrom(a, a.BitLen()), nil
	}
	p, err := netip.ParsePrefix(cidr)
	if err != nil {
		return p, fmt.Errorf("network %q: want an address or a CIDR prefix such as \"10.0.0.0/8\"", cidr)
	}
	if p != p.Masked() {
		return p, fmt.Errorf("network %q has bits beyond its length: want %q", cidr, p.Masked())
	}
	if p.Addr().Is4In6() && p.Bits() >= mappedBits {
		p = netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-mappedBits)
	}
	return p, nil
}

// find returns the name for an address as it stands in a label, and whether
// there is one.
func (r *region) find(value string) (string, bool) {
	a, ok := parseAddress(value)
	if !ok {
		return r.unknown, false
	}
	lengths := r.v6
	if a.Is4() {
		lengths = r.v4
	}
	for _, bits := range lengths {
		// Prefix fails for a length that the address hasn't got, and there is none here.
		p, _ := a.Prefix(bits)
		if name, ok := r.names[p]; ok {
			return name, true
		}
	}
	return r.unknown, false
}

func parseAddress(s string) (netip.Addr, bool) {
	if a, err := netip.ParseAddr(s); err == nil {
		return a.WithZone("").Unmap(), true
	}
	if ap, err := netip.ParseAddrPort(s); err == nil {
		return ap.Addr().WithZone("").Unmap(), true
	}
	if len(s) > 2 && s[0] == '[' && s[len(s)-1] == ']' {
		a, err := netip.ParseAddr(s[1 : len(s)-1])
		return a.WithZone("").Unmap(), err == nil
	}
	return netip.Addr{}, false
}
