package geoip_test

import (
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/maxmind/mmdbwriter"
	"github.com/maxmind/mmdbwriter/mmdbtype"

	"poolhouse.dev/internal/threat"
	"poolhouse.dev/internal/threat/geoip"
	"poolhouse.dev/internal/user"
)

// write makes a database of a kind with what is known of some networks.
func write(t *testing.T, kind string, networks map[string]mmdbtype.Map) string {
	t.Helper()
	tree, err := mmdbwriter.New(mmdbwriter.Options{DatabaseType: kind, RecordSize: 24, IncludeReservedNetworks: true})
	if err != nil {
		t.Fatal(err)
	}
	for network, data := range networks {
		_, parsed, err := net.ParseCIDR(network)
		if err != nil {
			t.Fatal(err)
		}
		if err := tree.Insert(parsed, data); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(t.TempDir(), "places.mmdb")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tree.WriteTo(f); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

func named(english string) mmdbtype.Map {
	return mmdbtype.Map{"names": mmdbtype.Map{"en": mmdbtype.String(english)}}
}

func TestFind(t *testing.T) {
	places, err := geoip.Open(write(t, "GeoLite2-City", map[string]mmdbtype.Map{
		"192.0.2.0/24": {
			"country": named("Italy"), "city": named("Rome"),
			"location": mmdbtype.Map{"latitude": mmdbtype.Float64(41.9), "longitude": mmdbtype.Float64(12.5), "time_zone": mmdbtype.String("Europe/Rome")},
		},
		"2001:db8::/32":   {"country": named("Japan")},
		"198.51.100.0/24": {"country": mmdbtype.Map{"iso_code": mmdbtype.String("CL")}},
	}))
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := places.Close(); err != nil {
			t.Error(err)
		}
	}()
	rome := threat.Place{Country: "Italy", City: "Rome", Timezone: "Europe/Rome", Position: &user.Position{Latitude: 41.9, Longitude: 12.5}}
	for ip, want := range map[string]threat.Place{
		"192.0.2.7": rome, "::ffff:192.0.2.7": rome, "2001:db8::1": {Country: "Japan"}, "2001:db8::1%eth0": {Country: "Japan"},
		"198.51.100.1": {Country: "CL"}, "203.0.113.1": {},
	} {
		if diff := cmp.Diff(want, places.Find(netip.MustParseAddr(ip))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", ip, diff)
		}
	}
	if got := places.Find(netip.Addr{}); got != (threat.Place{}) {
		t.Errorf("no address is in %v", got)
	}
}

func TestOpenRefuses(t *testing.T) {
	text := filepath.Join(t.TempDir(), "text.mmdb")
	if err := os.WriteFile(text, []byte("no database"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, path := range map[string]string{
		"nothing": filepath.Join(t.TempDir(), "nothing.mmdb"), "a text": text, "networks' owners": write(t, "GeoLite2-ASN", nil),
	} {
		if p, err := geoip.Open(path); err == nil {
			t.Errorf("%s is taken for a database of places", name)
			_ = p.Close()
		}
	}
}
