package trigger

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"poolhouse.dev/internal/fault"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/user"
)

// Sources of PreTokenGeneration.
const (
	TokensAtSignIn      = "TokenGeneration_Authentication"
	TokensAtNewPassword = "TokenGeneration_NewPasswordChallenge"
	TokensByDevice      = "TokenGeneration_AuthenticateDevice"
	TokensByRefresh     = "TokenGeneration_RefreshTokens"
)

// TokenRequest is whose tokens are about to be made.
type TokenRequest struct {
	Source string
	User   *user.User
	// Groups are the user's, by precedence.
	Groups []*pool.Group
	Scopes []string
}

// ClaimChanges are what a function wants to be different in tokens. Which of it
// may be is for the one who makes them to judge.
type ClaimChanges struct {
	ID, Access ClaimChange
	// AddScopes and SuppressScopes are of the access token.
	AddScopes, SuppressScopes []string
	// Groups, if not nil, takes the place of the user's groups and roles.
	Groups *GroupOverride
}

// ClaimChange are the changes of one token's claims; a suppressed claim is not
// added. Values are JSON.
type ClaimChange struct {
	Add      map[string]json.RawMessage
	Suppress []string
}

// GroupOverride are groups and roles as a function wants them.
type GroupOverride struct {
	Groups        []string
	Roles         []string
	PreferredRole string
}

type preTokenRequest struct {
	UserAttributes     map[string]string  `json:"userAttributes"`
	GroupConfiguration groupConfiguration `json:"groupConfiguration"`
	Scopes             []string           `json:"scopes,omitempty"`
	ClientMetadata     map[string]string  `json:"clientMetadata,omitempty"`
}

type groupConfiguration struct {
	Groups        []string `json:"groupsToOverride"`
	Roles         []string `json:"iamRolesToOverride"`
	PreferredRole *string  `json:"preferredRole"`
}

// Versions of the event, by the LambdaVersion that a pool sets.
var tokenEventVersions = map[string]string{"": "1", "V1_0": "1", "V2_0": "2", "V3_0": "3"}

// PreTokenGeneration asks the pool's trigger what is to be different in the tokens
// that are about to be made; nil is nothing.
//
// Source: "Pre token generation Lambda trigger" in the developer guide.
func (c *Caller) PreTokenGeneration(ctx context.Context, o Occasion, r TokenRequest) (*ClaimChanges, error) {
	t := &o.Pool.Settings.Triggers
	hook := pool.VersionedHook{ARN: t.PreTokenGeneration}
	if t.PreTokenGenerationSet != nil {
		hook = *t.PreTokenGenerationSet
	}
	if hook.ARN == "" {
		return nil, nil
	}
	version := tokenEventVersions[hook.Version]
	request := preTokenRequest{UserAttributes: attributesOf(r.User), GroupConfiguration: configurationOf(r.Groups), ClientMetadata: o.ClientMetadata}
	var answer interface{ changes() (*ClaimChanges, error) } = &firstClaims{}
	if version != "1" {
		answer = &laterClaims{}
		request.Scopes = slices.Clone(r.Scopes)
	}
	e := o.event(ctx, r.Source, r.User.Username, request, answer)
	e.Version = version
	if err := c.call(ctx, "PreTokenGeneration", hook.ARN, e, answer); err != nil {
		return nil, err
	}
	return answer.changes()
}

func configurationOf(groups []*pool.Group) groupConfiguration {
	g := groupConfiguration{Groups: []string{}, Roles: pool.RolesOf(groups)}
	for _, group := range groups {
		g.Groups = append(g.Groups, group.Name)
	}
	if role := pool.PreferredRole(groups); role != "" {
		g.PreferredRole = &role
	}
	return g
}

// firstClaims is the response of version 1, whose claims are texts of the ID token.
type firstClaims struct {
	Details *struct {
		Add      map[string]*string `json:"claimsToAddOrOverride"`
		Suppress []string           `json:"claimsToSuppress"`
		Groups   json.RawMessage    `json:"groupOverrideDetails"`
	} `json:"claimsOverrideDetails"`
}

func (r *firstClaims) changes() (*ClaimChanges, error) {
	if r.Details == nil {
		return nil, nil
	}
	groups, err := groupOverride(r.Details.Groups)
	if err != nil {
		return nil, err
	}
	changes := &ClaimChanges{ID: ClaimChange{Add: map[string]json.RawMessage{}, Suppress: r.Details.Suppress}, Groups: groups}
	for name, value := range r.Details.Add {
		if value == nil {
			continue
		}
		text, err := json.Marshal(*value)
		if err != nil {
			return nil, err
		}
		changes.ID.Add[name] = text
	}
	if slices.Contains(changes.ID.Suppress, claimGroups) {
		changes.Access.Suppress = []string{claimGroups}
	}
	return changes, nil
}

const claimGroups = "cognito:groups"

// laterClaims is the response of versions 2 and 3.
type laterClaims struct {
	Details *struct {
		ID     *claimDetails   `json:"idTokenGeneration"`
		Access *accessDetails  `json:"accessTokenGeneration"`
		Groups json.RawMessage `json:"groupOverrideDetails"`
	} `json:"claimsAndScopeOverrideDetails"`
}

type claimDetails struct {
	Add      map[string]json.RawMessage `json:"claimsToAddOrOverride"`
	Suppress []string                   `json:"claimsToSuppress"`
}

// change returns the changes; null adds nothing. A value that is JSON in a wider sense
// only, with a name twice or text that is not UTF-8, fits into no token.
func (d *claimDetails) change() (ClaimChange, error) {
	c := ClaimChange{Add: map[string]json.RawMessage{}, Suppress: d.Suppress}
	for name, value := range d.Add {
		if !jsontext.Value(value).IsValid() {
			return c, fault.InvalidLambdaResponse(unrecognized)
		}
		if string(value) != "null" {
			c.Add[name] = value
		}
	}
	return c, nil
}

type accessDetails struct {
	claimDetails
	AddScopes      []string `json:"scopesToAdd"`
	SuppressScopes []string `json:"scopesToSuppress"`
}

func (r *laterClaims) changes() (*ClaimChanges, error) {
	if r.Details == nil {
		return nil, nil
	}
	groups, err := groupOverride(r.Details.Groups)
	if err != nil {
		return nil, err
	}
	changes := &ClaimChanges{Groups: groups}
	if id := r.Details.ID; id != nil {
		if changes.ID, err = id.change(); err != nil {
			return nil, err
		}
	}
	if access := r.Details.Access; access != nil {
		if slices.ContainsFunc(access.AddScopes, func(s string) bool { return s == "" || strings.ContainsAny(s, " \t\r\n") }) {
			return nil, fault.InvalidLambdaResponse(unrecognized)
		}
		if changes.Access, err = access.change(); err != nil {
			return nil, err
		}
		changes.AddScopes, changes.SuppressScopes = access.AddScopes, access.SuppressScopes
	}
	return changes, nil
}

// groupOverride reads what takes the place of groups: nothing given leaves them,
// and an empty object or null takes them away.
func groupOverride(text json.RawMessage) (*GroupOverride, error) {
	if text == nil {
		return nil, nil
	}
	var g struct {
		Groups        []string `json:"groupsToOverride"`
		Roles         []string `json:"iamRolesToOverride"`
		PreferredRole *string  `json:"preferredRole"`
	}
	if json.Unmarshal(text, &g) != nil {
		return nil, fault.InvalidLambdaResponse(unrecognized)
	}
	o := &GroupOverride{Groups: g.Groups, Roles: g.Roles}
	if g.PreferredRole != nil {
		o.PreferredRole = *g.PreferredRole
	}
	return o, nil
}
