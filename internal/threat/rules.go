package threat

import (
	"net/netip"
	"slices"

	"poolhouse.dev/internal/user"
)

// What the rules find.
const (
	BlockedNetwork Reason = "blocked network"
	NewDevice      Reason = "new device"
	NewNetwork     Reason = "new network"
	NewCountry     Reason = "new country"
	NewCity        Reason = "new city"
	FastTravel     Reason = "impossible travel"
	SomeFailures   Reason = "some failures"
	ManyFailures   Reason = "many failures"
)

// history is what an attempt is compared with: all of the last events, and those that
// show how the user signs in, the newest first.
type history struct{ past, known []*user.AuthEvent }

// rule returns what an attempt weighs by one rule, and 0 when it finds nothing. What
// is not known is never held against anybody.
type rule func(history, Attempt) (int, Reason)

var rules = []rule{newDevice, newNetwork, newPlace, fastTravel, failures}

// newDevice finds a device that the user has not signed in from. A device without a
// name is one like another: leaving the name out makes nobody known.
func newDevice(h history, a Attempt) (int, Reason) {
	for _, e := range h.known {
		if e.Context.Device == a.Device {
			return 0, ""
		}
	}
	return weightDevice, NewDevice
}

// newNetwork finds an address in a network, the first 24 bits of an IPv4 address or
// the first 48 of an IPv6 one, that the user has not signed in from.
func newNetwork(h history, a Attempt) (int, Reason) {
	if !a.IP.IsValid() {
		return 0, ""
	}
	compared := len(h.known) == 0
	for _, e := range h.known {
		ip, err := netip.ParseAddr(e.Context.IP)
		if err != nil {
			continue
		}
		if network(ip) == network(a.IP) {
			return 0, ""
		}
		compared = true
	}
	if !compared {
		return 0, ""
	}
	return weightNetwork, NewNetwork
}

// network returns the network of an address.
func network(ip netip.Addr) netip.Prefix {
	ip = ip.Unmap().WithZone("")
	bits := networkBits6
	if ip.Is4() {
		bits = networkBits4
	}
	p, err := ip.Prefix(bits)
	if err != nil {
		return netip.Prefix{}
	}
	return p
}

// newPlace finds a country that the user has not signed in from, or else a city.
func newPlace(h history, a Attempt) (int, Reason) {
	var countries, cities []string
	for _, e := range h.known {
		if e.Context.Country == "" {
			continue
		}
		countries = append(countries, e.Context.Country)
		if e.Context.Country == a.Place.Country && e.Context.City != "" {
			cities = append(cities, e.Context.City)
		}
	}
	switch {
	case a.Place.Country == "" || len(countries) == 0:
		return 0, ""
	case !slices.Contains(countries, a.Place.Country):
		return weightCountry, NewCountry
	case a.Place.City == "" || len(cities) == 0 || slices.Contains(cities, a.Place.City):
		return 0, ""
	}
	return weightCity, NewCity
}

// fastTravel finds a user who would have had to be faster than an airliner since the
// last sign-in whose place is known.
func fastTravel(h history, a Attempt) (int, Reason) {
	if a.Place.Position == nil {
		return 0, ""
	}
	for _, e := range h.known {
		if e.Context.Position == nil {
			continue
		}
		way := Distance(*e.Context.Position, *a.Place.Position)
		if hours := a.At.Sub(e.CreatedAt).Hours(); way > minDistance && way > maxSpeed*max(hours, 0) {
			return weightTravel, FastTravel
		}
		return 0, ""
	}
	return 0, ""
}

// failures finds attempts that failed within the last hour, by the events or as they
// were counted, whichever is more.
func failures(h history, a Attempt) (int, Reason) {
	n := 0
	for _, e := range h.past {
		if e.Type == user.EventSignIn && e.Response == user.EventFail && a.At.Sub(e.CreatedAt) < failureWindow {
			n++
		}
	}
	switch n = max(n, a.Failures); {
	case n >= manyFailures:
		return weightManyFailures, ManyFailures
	case n >= fewFailures:
		return weightFailures, SomeFailures
	}
	return 0, ""
}
