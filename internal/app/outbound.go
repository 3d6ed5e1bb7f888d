package app

import (
	"fmt"
	"net/url"

	"poolhouse.dev/internal/config"
	"poolhouse.dev/internal/outbound"
	"poolhouse.dev/internal/trigger"
)

// newPolicy returns what --allow-outbound says.
func newPolicy(c config.Config) (*outbound.Policy, error) {
	p, err := outbound.New(outbound.Config{Allow: c.AllowOutbound, Dev: c.Mode == config.ModeDev})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", outbound.Setting, err)
	}
	return p, nil
}

// namingURL returns the policy for calls to the host of a URL that a setting has.
func namingURL(p *outbound.Policy, setting, address string) (*outbound.Policy, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, fmt.Errorf("%s: not a URL", setting)
	}
	return p.Naming(setting, u.Hostname())
}

// awsHosts are those of AWS's own endpoints, which a private network may hold
// under addresses of its own.
var awsHosts = []string{"*.amazonaws.com", "*.amazonaws.com.cn", "*.api.aws"}

// namingAWS returns the policy for calls to an API of AWS at an endpoint; "" is
// AWS's own.
func namingAWS(p *outbound.Policy, setting, endpoint string) (*outbound.Policy, error) {
	if endpoint != "" {
		return namingURL(p, setting, endpoint)
	}
	return p.Naming(setting, awsHosts...)
}

// functionLimits let a function's longest answer through, and one byte more by
// which a longer one is told.
var functionLimits = outbound.Limits{MaxBody: trigger.MaxAnswer + 1}
