package outbound

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
)

// Setting is the flag that the rules come from.
const Setting = "--allow-outbound"

// Config has what a Policy is made from.
type Config struct {
	// Allow are the entries of the setting: networks, addresses, host names (a
	// leading "*." stands for all names below), public, private, loopback and
	// any. None stands for public addresses, and what the server's own settings
	// name.
	Allow []string
	// Dev adds this machine to what no entries stand for.
	Dev bool
	// Resolve looks a name up; nil is the system's resolver.
	Resolve func(ctx context.Context, host string) ([]netip.Addr, error)
	// Dial opens a connection to an address and port; nil is the system's.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
}

// Policy says which addresses connections may be opened to. Whatever it lists,
// addresses of the link, of cloud metadata, of groups and of nobody are reached
// only where the very address, or a network within their own, is listed: neither
// a class nor a host name opens them. It is safe for concurrent use.
type Policy struct {
	rules rules
	// isDefault says that the administrator listed nothing.
	isDefault bool
	resolve   func(ctx context.Context, host string) ([]netip.Addr, error)
	dial      func(ctx context.Context, network, address string) (net.Conn, error)
}

// New returns the policy. The error says which entry is not one.
func New(c Config) (*Policy, error) {
	p := &Policy{isDefault: len(c.Allow) == 0, resolve: c.Resolve, dial: c.Dial}
	if p.resolve == nil {
		p.resolve = func(ctx context.Context, host string) ([]netip.Addr, error) {
			return net.DefaultResolver.LookupNetIP(ctx, "ip", host)
		}
	}
	if p.dial == nil {
		p.dial = (&net.Dialer{}).DialContext
	}
	for _, entry := range c.Allow {
		if err := p.rules.add(entry); err != nil {
			return nil, err
		}
	}
	if p.isDefault {
		p.rules.classes = []class{public}
		if c.Dev {
			p.rules.classes = append(p.rules.classes, loopback)
		}
	}
	return p, nil
}

// Naming returns the policy for the calls to a host that a setting of the server
// names, whose flag or variable is setting. To name a host there is to allow it,
// wherever it is, unless the administrator listed what is allowed: then the list
// counts, and the error says that both settings contradict each other, as far as
// that can be told without looking the name up. host may begin with "*.".
func (p *Policy) Naming(setting string, hosts ...string) (*Policy, error) {
	named := *p
	named.rules.hosts = slices.Clone(p.rules.hosts)
	named.rules.nets = slices.Clone(p.rules.nets)
	for _, host := range hosts {
		if !p.isDefault && !p.mayAdmit(host) {
			return nil, fmt.Errorf("%s names %s, which %s does not allow; add it there or change %[1]s", setting, host, Setting)
		}
		if p.isDefault {
			if err := named.rules.add(host); err != nil {
				return nil, fmt.Errorf("%s names %q, which is no host", setting, host)
			}
		}
	}
	return &named, nil
}

// mayAdmit reports whether a connection to host could ever be allowed.
func (p *Policy) mayAdmit(host string) bool {
	if addr, err := netip.ParseAddr(host); err == nil {
		return p.rules.admit(addr, false)
	}
	host = canonicalHost(host)
	if host == "localhost" && !p.rules.names(host) {
		return p.rules.admit(netip.AddrFrom4([4]byte{127, 0, 0, 1}), false) || p.rules.admit(netip.IPv6Loopback(), false)
	}
	return p.rules.names(host) || p.rules.judgesAddresses()
}

// Denied says that a connection is not allowed.
type Denied struct {
	// Host is the name or address that was to be reached.
	Host string
}

// Error says what to do.
func (d *Denied) Error() string {
	return fmt.Sprintf("%s does not let the server connect to %s", Setting, d.Host)
}

// errNoAddress says that a name has no address at all.
var errNoAddress = errors.New("the name has no address")

// DialContext connects to host:port. It looks the host up once, judges every
// address it has, and connects to one that it judged, the next if that fails. The
// error is a *[Denied] where none of them is allowed.
func (p *Policy) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	addrs, named := []netip.Addr{}, false
	if addr, err := netip.ParseAddr(host); err == nil {
		addrs = append(addrs, addr)
	} else {
		if addrs, err = p.resolve(ctx, host); err != nil {
			return nil, fmt.Errorf("looking %s up: %w", host, err)
		}
		if len(addrs) == 0 {
			return nil, fmt.Errorf("looking %s up: %w", host, errNoAddress)
		}
		named = p.rules.names(canonicalHost(host))
	}
	last := error(&Denied{Host: host})
	for _, addr := range addrs {
		if !p.rules.admit(addr, named) {
			continue
		}
		conn, err := p.dial(ctx, network, net.JoinHostPort(addr.Unmap().String(), port))
		if err == nil {
			return conn, nil
		}
		if last = err; ctx.Err() != nil {
			break
		}
	}
	return nil, last
}
