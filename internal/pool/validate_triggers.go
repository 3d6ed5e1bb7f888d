package pool

import "poolhouse.dev/internal/fault"

// ARNs returns the functions that are set, in the order of the wire.
func (t *Triggers) ARNs() []string {
	all := []string{
		t.PreSignUp, t.CustomMessage, t.PostConfirmation, t.PreAuthentication, t.PostAuthentication,
		t.DefineAuthChallenge, t.CreateAuthChallenge, t.VerifyAuthChallenge, t.PreTokenGeneration, t.UserMigration,
	}
	for _, h := range []*VersionedHook{t.PreTokenGenerationSet, t.CustomSMSSender, t.CustomEmailSender, t.InboundFederation} {
		if h != nil {
			all = append(all, h.ARN)
		}
	}
	set := all[:0]
	for _, arn := range all {
		if arn != "" {
			set = append(set, arn)
		}
	}
	return set
}

func checkTriggers(p *Pool) error {
	t := &p.Settings.Triggers
	if t.KMSKeyID == "" && (t.CustomSMSSender != nil || t.CustomEmailSender != nil) {
		return fault.InvalidParameter("KMSKeyId parameter is required when Custom SMS/Email Lambda trigger is used.")
	}
	if region := arnPart(t.KMSKeyID, 3); region != "" && region != p.Region {
		return fault.InvalidParameterf("Invalid arn %s", region)
	}
	for _, arn := range t.ARNs() {
		if region := arnPart(arn, 3); region != "" && region != p.Region {
			return fault.InvalidParameter("Cross-region lambda functions are not supported")
		}
	}
	return nil
}
