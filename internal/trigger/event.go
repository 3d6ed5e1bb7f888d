package trigger

import (
	"cmp"
	"context"
	"regexp"
	"strings"

	"poolhouse.dev/internal/caller"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/user"
)

// event is what every function gets, in the order of the service's own events.
type event struct {
	Version       string        `json:"version"`
	Region        string        `json:"region"`
	UserPoolID    string        `json:"userPoolId"`
	UserName      string        `json:"userName"`
	CallerContext callerContext `json:"callerContext"`
	TriggerSource string        `json:"triggerSource"`
	Request       any           `json:"request"`
	Response      any           `json:"response"`
}

type callerContext struct {
	SDKVersion string `json:"awsSdkVersion"`
	ClientID   string `json:"clientId"`
}

// Occasion is what every call of a trigger tells about its cause, beside the
// caller in the context.
type Occasion struct {
	Pool *pool.Pool
	// ClientID is "" for a call that an administrator made without a client.
	ClientID pool.ClientID
	// ClientMetadata is passed on as it came. It must not be stored or logged.
	ClientMetadata map[string]string
}

// clientNotApplicable stands for the client in calls without one.
const clientNotApplicable = "CLIENT_ID_NOT_APPLICABLE"

// client is the client as events tell it.
func (o *Occasion) client() string {
	return cmp.Or(string(o.ClientID), clientNotApplicable)
}

func (o *Occasion) event(ctx context.Context, source, userName string, request, response any) *event {
	return &event{
		Version: "1", Region: o.Pool.Region, UserPoolID: string(o.Pool.ID), UserName: userName,
		CallerContext: callerContext{SDKVersion(caller.From(ctx).UserAgent), o.client()}, TriggerSource: source,
		Request: request, Response: response,
	}
}

// sdkName finds an AWS SDK and its version in a User-Agent.
var sdkName = regexp.MustCompile(`\b(aws-sdk-[A-Za-z0-9-]{1,40})/(v?[0-9][0-9A-Za-z.+-]{0,40})`)

// SDKVersion returns what an event tells about the caller's software, such as
// aws-sdk-js-2.1639.0: "aws-sdk-unknown-unknown" for one that is no AWS SDK.
func SDKVersion(userAgent string) string {
	m := sdkName.FindStringSubmatch(userAgent)
	if m == nil {
		return "aws-sdk-unknown-unknown"
	}
	return m[1] + "-" + strings.TrimPrefix(m[2], "v")
}

// attributesOf are a stored user's attributes as events show them.
func attributesOf(u *user.User) map[string]string {
	m := plain(u.All())
	m["cognito:user_status"] = string(u.Status)
	return m
}

func plain(list user.Attributes) map[string]string {
	m := make(map[string]string, len(list)+1)
	for _, a := range list {
		m[a.Name] = a.Value
	}
	return m
}
