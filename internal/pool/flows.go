package pool

import (
	"slices"
	"strings"
)

// Flows of sign-in that a client can allow.
const (
	FlowUserSRP       = "USER_SRP_AUTH"
	FlowUserPassword  = "USER_PASSWORD_AUTH"
	FlowAdminPassword = "ADMIN_USER_PASSWORD_AUTH"
	FlowCustom        = "CUSTOM_AUTH"
	FlowRefresh       = "REFRESH_TOKEN_AUTH"
	FlowUserAuth      = "USER_AUTH"
)

// AllowsFlow reports whether the client may use flow, by the rules for
// ExplicitAuthFlows: nothing set allows SRP, custom and refresh; a legacy name
// allows itself and leaves SRP and refresh on, but for CUSTOM_AUTH_FLOW_ONLY.
// With refresh-token rotation on, the refresh flow is off.
func (c *Client) AllowsFlow(flow string) bool {
	s := &c.Settings
	if flow == FlowRefresh && s.Rotation != nil && s.Rotation.Enabled {
		return false
	}
	switch {
	case len(s.AuthFlows) == 0:
		return flow == FlowRefresh || flow == FlowUserSRP || flow == FlowCustom
	case !strings.HasPrefix(s.AuthFlows[0], "ALLOW_"):
		return allowsLegacy(s.AuthFlows, flow)
	}
	return slices.Contains(s.AuthFlows, "ALLOW_"+flow)
}

func allowsLegacy(flows []string, flow string) bool {
	if flow == FlowRefresh {
		return true
	}
	if slices.Contains(flows, "CUSTOM_AUTH_FLOW_ONLY") {
		return flow == FlowCustom
	}
	switch flow {
	case FlowUserSRP, FlowCustom:
		return true
	case FlowUserPassword:
		return slices.Contains(flows, "USER_PASSWORD_AUTH")
	case FlowAdminPassword:
		return slices.Contains(flows, "ADMIN_NO_SRP_AUTH")
	}
	return false
}
