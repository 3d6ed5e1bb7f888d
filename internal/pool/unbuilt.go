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
	{"LambdaConfig.PreTokenGeneration", "sign-in and refresh"},
	{"LambdaConfig.UserMigration", "sign-in and ForgotPassword of unknown users"},
	{"MfaConfiguration ON", "sign-in"},
	{"UserPoolAddOns.AdvancedSecurityMode ENFORCED", "sign-in"},
	{"Policies.PasswordPolicy.PasswordHistorySize", "every call that sets a password"},
	{"KeyConfiguration CUSTOMER_MANAGED_KEY", "CreateUserPool and UpdateUserPool with it"},
	{"AuthFlow CUSTOM_AUTH", "InitiateAuth and AdminInitiateAuth with it"},
	{"AuthFlow USER_AUTH", "InitiateAuth and AdminInitiateAuth with it"},
}

// refuseTrigger refuses a call that would have to run a trigger.
func refuseTrigger(name, arn string) error {
	if arn == "" {
		return nil
	}
	return fault.UnexpectedLambda(name + " invocation failed due to error: the trigger LambdaConfig." + name + " is set, and calling triggers is not built in this version of poolhouse.")
}

func refuseVersioned(name string, h *VersionedHook) error {
	if h == nil {
		return nil
	}
	return refuseTrigger(name, h.ARN)
}

func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// RefuseSignIn refuses a sign-in to a pool whose settings ask for more than
// poolhouse does yet.
func RefuseSignIn(p *Pool) error {
	if err := RefuseTokens(p); err != nil {
		return err
	}
	if p.Settings.MFA == MFAOn {
		return fault.InvalidUserPoolConfiguration("The user pool requires MFA (MfaConfiguration ON), and MFA is not built in this version of poolhouse.")
	}
	if a := p.Settings.AddOns; a != nil && a.SecurityMode == "ENFORCED" {
		return fault.InvalidUserPoolConfiguration("The user pool enforces threat protection (UserPoolAddOns.AdvancedSecurityMode ENFORCED), which is not built in this version of poolhouse.")
	}
	return nil
}

// RefuseTokens refuses to issue tokens past the pool's trigger.
func RefuseTokens(p *Pool) error {
	t := &p.Settings.Triggers
	return first(refuseTrigger("PreTokenGeneration", t.PreTokenGeneration), refuseVersioned("PreTokenGeneration", t.PreTokenGenerationSet))
}

// RefuseMigration refuses to call a user unknown while the pool's trigger might
// know them.
func RefuseMigration(p *Pool) error {
	return refuseTrigger("UserMigration", p.Settings.Triggers.UserMigration)
}

// RefuseNewPassword refuses to set a password that the pool's history might forbid.
func RefuseNewPassword(p *Pool) error {
	if h := p.Settings.PasswordPolicy.HistorySize; h != nil && *h > 0 {
		return fault.InvalidParameter("The user pool keeps a password history (Policies.PasswordPolicy.PasswordHistorySize), which is not built in this version of poolhouse.")
	}
	return nil
}

// RefuseFlow refuses a sign-in flow that is not built.
func RefuseFlow(flow string) error {
	return fault.InvalidParameterf("The authentication flow %s is not built in this version of poolhouse.", flow)
}
