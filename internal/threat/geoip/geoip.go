// Package geoip tells where addresses are, by a file in MaxMind's format: GeoLite2
// City, GeoIP2 City or another database with the same members, which the operator
// supplies.
//
// Start with [Open].
package geoip

import (
	"fmt"
	"net/netip"

	"github.com/oschwald/geoip2-golang/v2"

	"poolhouse.dev/internal/threat"
	"poolhouse.dev/internal/user"
)

// Places implements [threat.Places]. It is safe for concurrent use.
type Places struct{ reader *geoip2.Reader }

// Open opens a file. The error says that it cannot be read, or that it does not tell
// cities; a file that tells countries only serves as well.
func Open(path string) (*Places, error) {
	r, err := geoip2.Open(path)
	if err != nil {
		return nil, fmt.Errorf("opening the database of places: %w", err)
	}
	p := &Places{r}
	if _, err := r.City(netip.IPv4Unspecified()); err != nil {
		return nil, fmt.Errorf("the database of places, which is a %s: %w", r.Metadata().DatabaseType, join(err, r.Close()))
	}
	return p, nil
}

func join(first, second error) error {
	if second != nil {
		return fmt.Errorf("%w; %w", first, second)
	}
	return first
}

// Close closes the file. Nothing may be looked up after it.
func (p *Places) Close() error { return p.reader.Close() }

// Find returns where an address is. What the file does not tell stays empty.
func (p *Places) Find(ip netip.Addr) threat.Place {
	if !ip.IsValid() {
		return threat.Place{}
	}
	city, err := p.reader.City(ip.Unmap().WithZone(""))
	if err != nil || !city.HasData() {
		return threat.Place{}
	}
	place := threat.Place{Country: city.Country.Names.English, City: city.City.Names.English, Timezone: city.Location.TimeZone}
	if place.Country == "" {
		place.Country = city.Country.ISOCode
	}
	if l := city.Location; l.HasCoordinates() {
		place.Position = &user.Position{Latitude: *l.Latitude, Longitude: *l.Longitude}
	}
	return place
}
