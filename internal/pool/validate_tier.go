package pool

import (
	"slices"
	"strings"

	"poolhouse.dev/internal/fault"
)

// checkTier refuses settings that the pool's tier does not include and names
// them all, so that a move to a lower tier says what must be turned off first.
func checkTier(p *Pool) error {
	s := &p.Settings
	var over []string
	if s.AddOns != nil && s.AddOns.SecurityMode != "OFF" && s.Tier != TierPlus {
		over = append(over, "Threat Protection")
	}
	if s.Tier == TierLite {
		over = append(over, s.beyondLite()...)
	}
	if len(over) == 0 {
		return nil
	}
	return fault.FeatureUnavailableInTier("The following features need to be disabled for the " + s.Tier + " pricing tier configured: " + strings.Join(over, ", "))
}

// beyondLite names the settings that need ESSENTIALS. The names of the first
// two are the service's; the others are not known.
func (s *Settings) beyondLite() []string {
	var over []string
	if slices.ContainsFunc(s.FirstFactors, func(f string) bool { return f != FactorPassword }) {
		over = append(over, "Passwordless Sign-In")
	}
	if h := s.Triggers.PreTokenGenerationSet; h != nil && h.Version != "V1_0" {
		over = append(over, "Token Customization with Pre-Token Generation Lambda "+h.Version)
	}
	if h := s.PasswordPolicy.HistorySize; h != nil && *h > 0 {
		over = append(over, "Password History")
	}
	if s.DCR != nil && s.DCR.Enabled {
		over = append(over, "Dynamic Client Registration")
	}
	for _, l := range acrLevels {
		if name, ok := s.ACR[l.level]; ok && name != l.name {
			return append(over, "Custom Authentication Context Class References")
		}
	}
	return over
}
