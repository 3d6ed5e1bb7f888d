package outbound

import "net/netip"

// class is what kind of machine an address belongs to.
type class int

const (
	public class = iota
	private
	loopback
	// special addresses are of no machine that a server has business with: of
	// the link, of cloud metadata, of groups, of nobody. No class word lets one
	// through, any included.
	special
)

var (
	// specials is ordered from the narrow to the wide.
	specials = prefixes(
		"100.100.100.200/32", "168.63.129.16/32", "fd00:ec2::254/128", "fd20:ce::254/128", // metadata outside of the link
		"169.254.0.0/16", "fe80::/10", // the link, and metadata on it
		"0.0.0.0/8", "::/128", // unspecified
		"224.0.0.0/4", "ff00::/8", // multicast
		"192.0.0.0/24", "240.0.0.0/4", "100::/64", "::/96", "64:ff9b:1::/48", // reserved, broadcast, local translation
	)
	privates  = prefixes("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "198.18.0.0/15", "fc00::/7", "fec0::/10")
	nat64     = netip.MustParsePrefix("64:ff9b::/96")
	sixToFour = netip.MustParsePrefix("2002::/16")
)

func prefixes(texts ...string) []netip.Prefix {
	list := make([]netip.Prefix, len(texts))
	for i, text := range texts {
		list[i] = netip.MustParsePrefix(text)
	}
	return list
}

// plain returns the address that a packet to addr ends up at: without a zone,
// and in IPv4 where IPv6 only wraps it.
func plain(addr netip.Addr) netip.Addr {
	addr = addr.WithZone("").Unmap()
	b := addr.As16()
	switch {
	case nat64.Contains(addr):
		return netip.AddrFrom4([4]byte(b[12:16]))
	case sixToFour.Contains(addr):
		return netip.AddrFrom4([4]byte(b[2:6]))
	}
	return addr
}

// classOf returns the class of a plain address, and for a special one the block
// that it is in.
func classOf(addr netip.Addr) (class, netip.Prefix) {
	if addr.IsLoopback() {
		return loopback, netip.Prefix{}
	}
	for _, block := range specials {
		if block.Contains(addr) {
			return special, block
		}
	}
	for _, block := range privates {
		if block.Contains(addr) {
			return private, netip.Prefix{}
		}
	}
	return public, netip.Prefix{}
}
