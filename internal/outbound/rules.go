package outbound

import (
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strings"
)

// rules are the entries of a list, sorted by kind.
type rules struct {
	classes []class
	nets    []netip.Prefix
	// hosts are names in lower case; one that begins with "*." stands for all
	// names below it.
	hosts []string
}

// classWords are the entries that stand for whole classes.
var classWords = map[string][]class{
	"public": {public}, "private": {private}, "loopback": {loopback}, "any": {public, private, loopback},
}

// hostForm is a name of labels; underscores are in the names of container
// networks.
var hostForm = regexp.MustCompile(`^(\*\.)?[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*$`)

// add reads one entry.
func (r *rules) add(entry string) error {
	if classes, ok := classWords[entry]; ok {
		r.classes = append(r.classes, classes...)
		return nil
	}
	if addr, err := netip.ParseAddr(entry); err == nil {
		addr = plain(addr)
		r.nets = append(r.nets, netip.PrefixFrom(addr, addr.BitLen()))
		return nil
	}
	if net, err := netip.ParsePrefix(entry); err == nil {
		r.nets = append(r.nets, net.Masked())
		return nil
	}
	host := canonicalHost(entry)
	// A last label of digits alone is a mistyped address.
	if !hostForm.MatchString(host) || len(host) > 253 || isNumber(host[strings.LastIndexByte(host, '.')+1:]) {
		return fmt.Errorf("%q is neither a network such as 10.0.0.0/8, an address, a host name nor one of public, private, loopback, any", entry)
	}
	r.hosts = append(r.hosts, host)
	return nil
}

func isNumber(s string) bool {
	return !strings.ContainsFunc(s, func(c rune) bool { return c < '0' || c > '9' })
}

func canonicalHost(host string) string {
	return strings.TrimSuffix(strings.ToLower(host), ".")
}

// names reports whether a name is listed.
func (r rules) names(host string) bool {
	return slices.ContainsFunc(r.hosts, func(listed string) bool {
		suffix, below := strings.CutPrefix(listed, "*")
		return host == listed || below && strings.HasSuffix(host, suffix)
	})
}

// admit reports whether an address may be connected to; named says that the name
// which it belongs to is listed. A special address has to be listed itself, or
// within a network that is no wider than the special block it is in.
func (r rules) admit(addr netip.Addr, named bool) bool {
	addr = plain(addr)
	c, block := classOf(addr)
	if c != special && (named || slices.Contains(r.classes, c)) {
		return true
	}
	return slices.ContainsFunc(r.nets, func(n netip.Prefix) bool {
		return n.Contains(addr) && (c != special || n.Bits() >= block.Bits())
	})
}

// judgesAddresses reports whether an entry allows addresses rather than names.
func (r rules) judgesAddresses() bool { return len(r.classes)+len(r.nets) > 0 }
