package threats

import (
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/user"
	"poolhouse.dev/internal/wire"
)

// settingsOf is what a request configures.
func settingsOf(in *wire.SetRiskConfigurationRequest) (s pool.RiskSettings) {
	if c := in.CompromisedCredentialsRiskConfiguration; c != nil {
		s.Compromised = &pool.CompromisedSettings{Events: texts[string](c.EventFilter), Action: string(wire.Deref(c.Actions.EventAction))}
		if len(s.Compromised.Events) == 0 {
			s.Compromised.Events = pool.RiskEvents
		}
	}
	if c := in.AccountTakeoverRiskConfiguration; c != nil {
		s.Takeover = &pool.TakeoverSettings{Low: actionOf(c.Actions.LowAction), Medium: actionOf(c.Actions.MediumAction), High: actionOf(c.Actions.HighAction)}
		if n := c.NotifyConfiguration; n != nil {
			s.Takeover.Notify = &pool.RiskNotices{
				From: wire.Deref(n.From), ReplyTo: wire.Deref(n.ReplyTo), SourceARN: wire.Deref(n.SourceArn),
				Block: noticeOf(n.BlockEmail), NoAction: noticeOf(n.NoActionEmail), MFA: noticeOf(n.MfaEmail),
			}
		}
	}
	if c := in.RiskExceptionConfiguration; c != nil {
		s.Exceptions = &pool.RiskExceptions{Blocked: c.BlockedIPRangeList, Skipped: c.SkippedIPRangeList}
	}
	return s
}

func actionOf(a *wire.AccountTakeoverActionType) *pool.TakeoverAction {
	if a == nil {
		return nil
	}
	return &pool.TakeoverAction{Notify: wire.Deref(a.Notify), Action: string(wire.Deref(a.EventAction))}
}

func noticeOf(e *wire.NotifyEmailType) *pool.RiskNotice {
	if e == nil {
		return nil
	}
	return &pool.RiskNotice{Subject: wire.Deref(e.Subject), HTML: wire.Deref(e.HtmlBody), Text: wire.Deref(e.TextBody)}
}

// texts changes the type of a list's texts.
func texts[T, S ~string](list []S) []T {
	var out []T
	for _, s := range list {
		out = append(out, T(s))
	}
	return out
}

// shown is a configuration as answers have it.
func shown(c *pool.RiskConfiguration) *wire.RiskConfigurationType {
	t := &wire.RiskConfigurationType{UserPoolId: wire.Ptr(string(c.PoolID)), ClientId: given(string(c.ClientID))}
	if !c.ModifiedAt.IsZero() {
		t.LastModifiedDate = wire.TimestampOf(c.ModifiedAt)
	}
	if s := c.Settings.Compromised; s != nil {
		t.CompromisedCredentialsRiskConfiguration = &wire.CompromisedCredentialsRiskConfigurationType{
			EventFilter: texts[wire.EventFilterType](s.Events),
			Actions:     &wire.CompromisedCredentialsActionsType{EventAction: wire.Ptr(wire.CompromisedCredentialsEventActionType(s.Action))},
		}
	}
	if s := c.Settings.Takeover; s != nil {
		t.AccountTakeoverRiskConfiguration = &wire.AccountTakeoverRiskConfigurationType{
			Actions: &wire.AccountTakeoverActionsType{LowAction: shownAction(s.Low), MediumAction: shownAction(s.Medium), HighAction: shownAction(s.High)},
		}
		if n := s.Notify; n != nil {
			t.AccountTakeoverRiskConfiguration.NotifyConfiguration = &wire.NotifyConfigurationType{
				From: given(n.From), ReplyTo: given(n.ReplyTo), SourceArn: given(n.SourceARN),
				BlockEmail: shownNotice(n.Block), NoActionEmail: shownNotice(n.NoAction), MfaEmail: shownNotice(n.MFA),
			}
		}
	}
	if x := c.Settings.Exceptions; x != nil {
		t.RiskExceptionConfiguration = &wire.RiskExceptionConfigurationType{BlockedIPRangeList: x.Blocked, SkippedIPRangeList: x.Skipped}
	}
	return t
}

func shownAction(a *pool.TakeoverAction) *wire.AccountTakeoverActionType {
	if a == nil {
		return nil
	}
	return &wire.AccountTakeoverActionType{Notify: wire.Ptr(a.Notify), EventAction: wire.Ptr(wire.AccountTakeoverEventActionType(a.Action))}
}

func shownNotice(n *pool.RiskNotice) *wire.NotifyEmailType {
	if n == nil {
		return nil
	}
	return &wire.NotifyEmailType{Subject: given(n.Subject), HtmlBody: given(n.HTML), TextBody: given(n.Text)}
}

// shownEvent is an event as answers have it.
func shownEvent(e *user.AuthEvent) wire.AuthEventType {
	t := wire.AuthEventType{
		EventId: wire.Ptr(e.ID), EventType: wire.Ptr(wire.EventType(e.Type)), CreationDate: wire.TimestampOf(e.CreatedAt),
		EventResponse: wire.Ptr(wire.EventResponseType(e.Response)),
		EventRisk:     &wire.EventRiskType{CompromisedCredentialsDetected: wire.Ptr(e.Risk.Compromised)},
		EventContextData: &wire.EventContextDataType{
			IpAddress: given(e.Context.IP), DeviceName: given(e.Context.DeviceName), Timezone: given(e.Context.Timezone),
			City: given(e.Context.City), Country: given(e.Context.Country),
		},
		ChallengeResponses: make([]wire.ChallengeResponseType, 0, len(e.Challenges)),
	}
	if e.Risk.Decision != "" {
		t.EventRisk.RiskDecision = wire.Ptr(wire.RiskDecisionType(e.Risk.Decision))
	}
	if e.Risk.Level != "" {
		t.EventRisk.RiskLevel = wire.Ptr(wire.RiskLevelType(e.Risk.Level))
	}
	for _, c := range e.Challenges {
		t.ChallengeResponses = append(t.ChallengeResponses, wire.ChallengeResponseType{
			ChallengeName: wire.Ptr(wire.ChallengeName(c.Name)), ChallengeResponse: wire.Ptr(wire.ChallengeResponse(c.Response)),
		})
	}
	if f := e.Feedback; f != nil {
		t.EventFeedback = &wire.EventFeedbackType{
			FeedbackValue: wire.Ptr(wire.FeedbackValueType(f.Value)), Provider: wire.Ptr(f.Provider), FeedbackDate: wire.TimestampOf(f.At),
		}
	}
	return t
}

// given is a member that is left out when there is nothing.
func given(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
