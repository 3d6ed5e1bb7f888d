package guard

import (
	"context"
	"net/netip"
	"strings"

	"poolhouse.dev/internal/caller"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/threat"
	"poolhouse.dev/internal/wire"
)

// Visit is where a request about a user comes from.
type Visit struct {
	// IP is invalid where it is not known.
	IP     netip.Addr
	Device threat.Device
	// Custom says that the flow is CUSTOM_AUTH.
	Custom bool
	// Failures is how many attempts have failed before this one.
	Failures int
	// Compromised says that the password is known to thieves.
	Compromised bool
}

// VisitOf returns the visit of a client's own request. The address is that of the
// connection; the one in UserContextData takes its place for a client with a secret
// that may pass addresses on, since anybody else could make one up.
//
// Source: the developer guide on context data.
func VisitOf(ctx context.Context, c *pool.Client, data *wire.UserContextDataType) Visit {
	from := caller.From(ctx)
	v := Visit{IP: address(from.SourceIP)}
	encoded := ""
	if data != nil {
		encoded = wire.Deref(data.EncodedData)
		if given := address(wire.Deref(data.IpAddress)); given.IsValid() && c.IsConfidential() && c.Settings.PropagateContext {
			v.IP = given
		}
	}
	v.Device = threat.DeviceOf(from.UserAgent, encoded)
	return v
}

// VisitOfAdmin returns the visit that an administrator's request tells of: the
// connection is the application's, not the user's, so that nothing is known without
// ContextData.
func VisitOfAdmin(data *wire.ContextDataType) Visit {
	if data == nil {
		return Visit{}
	}
	agent := ""
	for _, h := range data.HttpHeaders {
		if strings.EqualFold(wire.Deref(h.HeaderName), "User-Agent") {
			agent = wire.Deref(h.HeaderValue)
		}
	}
	return Visit{IP: address(wire.Deref(data.IpAddress)), Device: threat.DeviceOf(agent, wire.Deref(data.EncodedData))}
}

// address reads an address, invalid for what is none.
func address(text string) netip.Addr {
	ip, err := netip.ParseAddr(strings.TrimSpace(text))
	if err != nil {
		return netip.Addr{}
	}
	return ip.Unmap().WithZone("")
}
