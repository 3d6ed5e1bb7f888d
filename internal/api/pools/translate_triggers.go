package pools

import (
	"poolhouse.dev/internal/fault"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/wire"
)

// applyTriggers replaces all triggers. The two ways to name the trigger of
// tokens are one setting, shown in both places.
func applyTriggers(s *pool.Settings, c *wire.LambdaConfigType) error {
	if c == nil {
		return nil
	}
	t := pool.Triggers{
		PreSignUp:           wire.Deref(c.PreSignUp),
		CustomMessage:       wire.Deref(c.CustomMessage),
		PostConfirmation:    wire.Deref(c.PostConfirmation),
		PreAuthentication:   wire.Deref(c.PreAuthentication),
		PostAuthentication:  wire.Deref(c.PostAuthentication),
		DefineAuthChallenge: wire.Deref(c.DefineAuthChallenge),
		CreateAuthChallenge: wire.Deref(c.CreateAuthChallenge),
		VerifyAuthChallenge: wire.Deref(c.VerifyAuthChallengeResponse),
		PreTokenGeneration:  wire.Deref(c.PreTokenGeneration),
		UserMigration:       wire.Deref(c.UserMigration),
		KMSKeyID:            wire.Deref(c.KMSKeyID),
	}
	if h := c.PreTokenGenerationConfig; h != nil {
		if t.PreTokenGeneration != "" && t.PreTokenGeneration != wire.Deref(h.LambdaArn) {
			return fault.InvalidParameter("Cannot use PreTokenGenerationLambda and PreTokenGeneration with different Lambda function ARN's")
		}
		t.PreTokenGenerationSet = hook(h.LambdaArn, h.LambdaVersion)
		t.PreTokenGeneration = t.PreTokenGenerationSet.ARN
	} else if t.PreTokenGeneration != "" {
		t.PreTokenGenerationSet = &pool.VersionedHook{ARN: t.PreTokenGeneration, Version: "V1_0"}
	}
	if h := c.CustomSMSSender; h != nil {
		t.CustomSMSSender = hook(h.LambdaArn, h.LambdaVersion)
	}
	if h := c.CustomEmailSender; h != nil {
		t.CustomEmailSender = hook(h.LambdaArn, h.LambdaVersion)
	}
	if h := c.InboundFederation; h != nil {
		t.InboundFederation = hook(h.LambdaArn, h.LambdaVersion)
	}
	s.Triggers = t
	return nil
}

func hook[V ~string](arn *string, version *V) *pool.VersionedHook {
	return &pool.VersionedHook{ARN: wire.Deref(arn), Version: enumOr(version, "")}
}

// lambdaConfig is the reverse of applyTriggers; it is never nil.
func lambdaConfig(t *pool.Triggers) *wire.LambdaConfigType {
	c := &wire.LambdaConfigType{
		PreSignUp:                   optional(t.PreSignUp),
		CustomMessage:               optional(t.CustomMessage),
		PostConfirmation:            optional(t.PostConfirmation),
		PreAuthentication:           optional(t.PreAuthentication),
		PostAuthentication:          optional(t.PostAuthentication),
		DefineAuthChallenge:         optional(t.DefineAuthChallenge),
		CreateAuthChallenge:         optional(t.CreateAuthChallenge),
		VerifyAuthChallengeResponse: optional(t.VerifyAuthChallenge),
		PreTokenGeneration:          optional(t.PreTokenGeneration),
		UserMigration:               optional(t.UserMigration),
		KMSKeyID:                    optional(t.KMSKeyID),
	}
	if h := t.PreTokenGenerationSet; h != nil {
		c.PreTokenGenerationConfig = &wire.PreTokenGenerationVersionConfigType{
			LambdaArn: wire.Ptr(h.ARN), LambdaVersion: wire.Ptr(wire.PreTokenGenerationLambdaVersionType(h.Version)),
		}
	}
	if h := t.CustomSMSSender; h != nil {
		c.CustomSMSSender = &wire.CustomSMSLambdaVersionConfigType{
			LambdaArn: wire.Ptr(h.ARN), LambdaVersion: wire.Ptr(wire.CustomSMSSenderLambdaVersionType(h.Version)),
		}
	}
	if h := t.CustomEmailSender; h != nil {
		c.CustomEmailSender = &wire.CustomEmailLambdaVersionConfigType{
			LambdaArn: wire.Ptr(h.ARN), LambdaVersion: wire.Ptr(wire.CustomEmailSenderLambdaVersionType(h.Version)),
		}
	}
	if h := t.InboundFederation; h != nil {
		c.InboundFederation = &wire.InboundFederationLambdaType{
			LambdaArn: wire.Ptr(h.ARN), LambdaVersion: wire.Ptr(wire.InboundFederationLambdaVersionType(h.Version)),
		}
	}
	return c
}
