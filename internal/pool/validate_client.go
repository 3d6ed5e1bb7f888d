package pool

import (
	"slices"
	"strings"
	"time"

	"poolhouse.dev/internal/fault"
)

// Limits of token validities, in seconds.
const (
	minTokenSeconds   = 300
	maxTokenSeconds   = 86_400
	minRefreshSeconds = 3_600
	maxRefreshSeconds = 315_360_000
)

// What happens to a client, in the words of some refusals.
const (
	CreatingClient = "creating"
	UpdatingClient = "updating"
)

// CheckIn returns the first rule of its pool that the client breaks, as the
// fault to answer with. doing is CreatingClient or UpdatingClient.
func (c *Client) CheckIn(p *Pool, doing string) error {
	for _, check := range []func() error{
		c.checkValidity,
		func() error { return c.checkAttributes(p, doing) },
		func() error { return c.checkFlows(p) },
		c.checkOAuthFlows, c.checkScopes,
		func() error { return c.checkProviders(p) },
		c.checkURLs, c.checkPropagation,
		func() error { return c.checkAnalytics(p) },
	} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

// validitySeconds returns a validity in seconds. It does not count as
// time.Duration does, which the longest number of days would overflow.
func validitySeconds(n int32, unit string, otherwise time.Duration) int64 {
	if n == 0 {
		return int64(otherwise / time.Second)
	}
	return int64(n) * int64(UnitDuration(unit)/time.Second)
}

func (c *Client) checkValidity() error {
	s := &c.Settings
	access := validitySeconds(s.AccessValidity, s.unit(func(u *Units) string { return u.Access }, "hours"), time.Hour)
	id := validitySeconds(s.IDValidity, s.unit(func(u *Units) string { return u.ID }, "hours"), time.Hour)
	refresh := validitySeconds(s.RefreshValidity, s.unit(func(u *Units) string { return u.Refresh }, "days"), DefaultRefreshLife)
	for _, n := range []int64{access, id} {
		if n < minTokenSeconds || n > maxTokenSeconds {
			return fault.InvalidParameter("Invalid range for token validity.")
		}
	}
	if refresh < minRefreshSeconds || refresh > maxRefreshSeconds {
		return fault.InvalidParameter("Invalid range for token validity.")
	}
	if access > refresh || id > refresh {
		return fault.InvalidParameter("Access and Id Token expiration times must be less than or equal to refresh token expiration times.")
	}
	return nil
}

// checkAttributes checks the lists of attributes, where the client has its own:
// a user who cannot write a required attribute could not sign up.
func (c *Client) checkAttributes(p *Pool, doing string) error {
	schema := p.Settings.Schema
	for _, name := range c.Settings.ReadAttributes {
		if _, ok := schema.Find(name); !ok {
			return fault.InvalidParameterf("Invalid read attributes specified while %s a client", doing)
		}
	}
	if c.Settings.WriteAttributes == nil {
		return nil
	}
	bad := fault.InvalidParameterf("Invalid write attributes specified while %s a client", doing)
	for _, name := range c.Settings.WriteAttributes {
		if _, ok := schema.Find(name); !ok || IsNeverWritable(name) {
			return bad
		}
	}
	for _, name := range schema.Required() {
		if !IsNeverWritable(name) && !slices.Contains(c.Settings.WriteAttributes, name) {
			return bad
		}
	}
	return nil
}

func (c *Client) checkFlows(p *Pool) error {
	flows := c.Settings.AuthFlows
	current := 0
	for _, f := range flows {
		if strings.HasPrefix(f, "ALLOW_") {
			current++
		}
	}
	rotates := c.Settings.Rotation != nil && c.Settings.Rotation.Enabled
	switch {
	case current > 0 && current < len(flows):
		return fault.InvalidParameter("Auth flow name with prefix 'ALLOW' cannot be used with legacy auth flow names.")
	case slices.Contains(flows, "ALLOW_CLIENT_TOKEN_AUTH") && len(flows) > 1:
		return fault.InvalidParameter(textClientTokenAlone)
	case slices.Contains(flows, "ALLOW_CLIENT_TOKEN_AUTH") && !c.IsConfidential():
		return fault.InvalidParameter(textClientTokenSecret)
	case rotates && slices.Contains(flows, "ALLOW_"+FlowRefresh):
		return fault.InvalidParameter(textRotationRefresh)
	case slices.Contains(flows, "ALLOW_"+FlowUserAuth) && p.Settings.Tier == TierLite:
		return fault.FeatureUnavailableInTier("The following feature is not available for the " + p.Settings.Tier + " pricing tier configured: ALLOW_USER_AUTH")
	}
	return nil
}

// checkProviders knows the pool itself as a provider; pools have no others yet.
func (c *Client) checkProviders(p *Pool) error {
	for _, name := range c.Settings.IdentityProviders {
		if name != "COGNITO" {
			return fault.InvalidParameterf("The provider %s does not exist for User Pool %s", name, p.ID)
		}
	}
	return nil
}

func (c *Client) checkPropagation() error {
	if c.Settings.PropagateContext && !c.IsConfidential() {
		return fault.InvalidParameter("Client Secret is required to set EnablePropagateAdditionalUserContextData as true")
	}
	return nil
}

// AnalyticsRole returns the role through which the service reaches an
// application that is named by its ARN.
func (p *Pool) AnalyticsRole() string {
	return "arn:aws:iam::" + p.Account + ":role/aws-service-role/cognito-idp.amazonaws.com/AWSServiceRoleForAmazonCognitoIdp"
}

// checkAnalytics demands one of the two ways to name a Pinpoint application, in
// the pool's Region or in the one that serves the Regions without Pinpoint.
func (c *Client) checkAnalytics(p *Pool) error {
	a := c.Settings.Analytics
	if a == nil {
		return nil
	}
	// The role that a look at the client shows may be sent back.
	ownRole := a.RoleARN == "" || a.RoleARN == p.AnalyticsRole()
	byARN := a.ApplicationARN != "" && a.ApplicationID == "" && ownRole && a.ExternalID == ""
	byID := a.ApplicationARN == "" && a.ApplicationID != "" && a.RoleARN != "" && a.ExternalID != ""
	if !byARN && !byID {
		return fault.InvalidParameter("Invalid analytics configuration given, either <application arn> or <application id, role arn, external id> are valid")
	}
	if region := arnPart(a.ApplicationARN, 3); region != "" && region != p.Region && region != "us-east-1" {
		return fault.InvalidParameterf("The integration with Pinpoint is not supported for the requested %s region.", region)
	}
	return nil
}
