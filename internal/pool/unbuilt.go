package pool

import "poolhouse.dev/internal/fault"

// UnbuiltSetting is a setting that poolhouse keeps and does not act on yet. The
// calls that would need it are refused, so that it never weakens anything.
type UnbuiltSetting struct {
	// Setting is the member that an administrator sets.
	Setting string
	// Refused are the calls that are refused because of it.
	Refused string
}

// UnbuiltSettings lists them all; `poolhouse operations` prints it, and each
// line has a test.
var UnbuiltSettings = []UnbuiltSetting{
	{"Policies.PasswordPolicy.PasswordHistorySize", "every call that sets a password"},
	{"KeyConfiguration CUSTOMER_MANAGED_KEY", "CreateUserPool and UpdateUserPool with it"},
}

// RefuseNewPassword refuses to set a password that the pool's history might forbid.
func RefuseNewPassword(p *Pool) error {
	if h := p.Settings.PasswordPolicy.HistorySize; h != nil && *h > 0 {
		return fault.InvalidParameter("The user pool keeps a password history (Policies.PasswordPolicy.PasswordHistorySize), which is not built in this version of poolhouse.")
	}
	return nil
}
