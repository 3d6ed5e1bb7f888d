package pool

import (
	"net/netip"
	"slices"
	"strings"

	"poolhouse.dev/internal/fault"
)

// MaxRiskRanges is how many networks each list of exceptions can have.
//
// Source: the length constraint of both lists in the service model.
const MaxRiskRanges = 200

// Check returns the first rule that the configuration breaks, as the fault
// InvalidParameterException; region is that of the pool. What the service model
// constrains by itself was refused before; it is checked again for configurations
// that come another way.
//
// Sources: the texts on networks and SES regions were measured; the others are
// poolhouse's own.
func (c *RiskConfiguration) Check(region string) error {
	for _, check := range []func() error{
		func() error { return c.Settings.Compromised.check() },
		func() error { return c.Settings.Takeover.check(region) },
		func() error { return c.Settings.Exceptions.check() },
	} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

func (s *CompromisedSettings) check() error {
	if s == nil {
		return nil
	}
	for _, e := range s.Events {
		if !slices.Contains(RiskEvents, e) {
			return fault.InvalidParameterf(textRiskEvent, e)
		}
	}
	if s.Action != RiskBlock && s.Action != RiskNoAction {
		return fault.InvalidParameterf(textRiskAction, s.Action)
	}
	return nil
}

func (s *TakeoverSettings) check(region string) error {
	if s == nil {
		return nil
	}
	for _, a := range []*TakeoverAction{s.Low, s.Medium, s.High} {
		if a != nil && !slices.Contains([]string{RiskBlock, RiskMFAIfConfigured, RiskMFARequired, RiskNoAction}, a.Action) {
			return fault.InvalidParameterf(textRiskAction, a.Action)
		}
	}
	n := s.Notify
	if n == nil {
		return nil
	}
	if err := checkSESRegion(region, n.SourceARN); err != nil {
		return err
	}
	if n.From != "" && !isSender(n.From) {
		return fault.InvalidParameter("Provided From email address is invalid")
	}
	if n.ReplyTo != "" && !isSender(n.ReplyTo) {
		return fault.InvalidParameter(textRiskReplyTo)
	}
	for _, t := range []*RiskNotice{n.Block, n.NoAction, n.MFA} {
		if t != nil && strings.ContainsFunc(t.Subject, endsLine) {
			return fault.InvalidParameter(textSubjectLine)
		}
	}
	return nil
}

func (x *RiskExceptions) check() error {
	if x == nil {
		return nil
	}
	for _, list := range [][]string{x.Blocked, x.Skipped} {
		if len(list) > MaxRiskRanges {
			return fault.InvalidParameterf(textRiskRanges, MaxRiskRanges)
		}
		for _, text := range list {
			if _, err := ParseRange(text); err != nil {
				return err
			}
		}
	}
	return nil
}

// ParseRange reads a network in CIDR notation, IPv4 or IPv6. Bits beyond its length
// do not matter, and an IPv4 network that is written as an IPv6 one is an IPv4 one.
// The fault is InvalidParameterException, in the service's own words, which do not
// name the network.
func ParseRange(text string) (netip.Prefix, error) {
	p, err := netip.ParsePrefix(text)
	if err != nil {
		return netip.Prefix{}, fault.InvalidParameter(textRiskRange)
	}
	if a := p.Addr(); a.Is4In6() && p.Bits() >= 96 {
		p = netip.PrefixFrom(a.Unmap(), p.Bits()-96)
	}
	return p.Masked(), nil
}
