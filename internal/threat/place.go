package threat

import (
	"math"
	"net/netip"

	"poolhouse.dev/internal/user"
)

// Place is where an address is, as far as that is known.
type Place struct {
	Country, City string
	// Timezone is a name such as Europe/Rome.
	Timezone string
	// Position is nil where it is not known.
	Position *user.Position
}

// Places knows where addresses are; an empty Place stands for not knowing. It is safe
// for concurrent use and reads from memory.
type Places interface {
	Find(netip.Addr) Place
}

// earthRadius is the mean one, in kilometres.
const earthRadius = 6371.0

// Distance is how far two places are from each other, in kilometres along the surface
// of the earth, by the haversine formula.
func Distance(a, b user.Position) float64 {
	const degree = math.Pi / 180
	half := func(x float64) float64 { s := math.Sin(x * degree / 2); return s * s }
	h := half(b.Latitude-a.Latitude) + math.Cos(a.Latitude*degree)*math.Cos(b.Latitude*degree)*half(b.Longitude-a.Longitude)
	return 2 * earthRadius * math.Asin(math.Sqrt(min(h, 1)))
}
