// Package sns sends text messages through Amazon SNS, as the role that the pool
// names. It owns that request and the roles' credentials, which are kept until
// shortly before they run out.
//
// Start with [Driver].
package sns

import (
	"context"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	api "github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"poolhouse.dev/internal/notify"
	"poolhouse.dev/internal/notify/awsapi"
)

const (
	sessionName = "poolhouse"
	// expiryWindow is how long before they run out credentials are renewed: well
	// over the time that one message may take.
	expiryWindow = 2 * time.Minute
	// maxRoles bounds the credentials kept; pools beyond it ask anew.
	maxRoles = 1000
	// sendTime bounds one message: both calls, and not more than the outbox gives.
	sendTime = 12 * time.Second
)

// Driver is a [notify.Driver] for text messages. It is safe for concurrent use.
type Driver struct {
	access *awsapi.Access
	mu     sync.Mutex
	roles  map[notify.Via]*aws.CredentialsCache
}

// New returns a driver that asks the APIs by the given access. It does not
// connect.
func New(access *awsapi.Access) *Driver {
	return &Driver{access: access, roles: map[notify.Via]*aws.CredentialsCache{}}
}

// Send publishes m to its number, as the pool's role. It is refused with
// CauseSMSTrust where the role cannot be assumed, with CauseSMSPolicy where the
// role may not publish, and with CauseMessage for every other refusal of SNS, or
// where the pool names no role.
func (d *Driver) Send(ctx context.Context, m notify.Message) error {
	if m.Medium != notify.SMS {
		return &notify.Refused{Reason: "sns delivers text messages only"}
	}
	if err := m.Check(); err != nil {
		return err
	}
	if m.Via.RoleARN == "" {
		return &notify.Refused{Reason: "the pool names no role for SNS (SmsConfiguration.SnsCallerArn)"}
	}
	ctx, cancel := context.WithTimeout(ctx, sendTime)
	defer cancel()
	config, err := d.access.Config(m.Via.Region)
	if err != nil {
		return err
	}
	role := d.role(config, m.Via)
	if _, err := role.Retrieve(ctx); err != nil {
		return awsapi.Judge("sts", err, notify.CauseSMSTrust)
	}
	config.Credentials = role
	_, err = api.NewFromConfig(config).Publish(ctx, &api.PublishInput{
		PhoneNumber: &m.To, Message: &m.Body,
		// A code that comes late is of no use: never the cheap way.
		MessageAttributes: map[string]types.MessageAttributeValue{
			"AWS.SNS.SMS.SMSType": {DataType: aws.String("String"), StringValue: aws.String("Transactional")},
		},
	})
	if err != nil {
		// Credentials that SNS does not take are not kept.
		role.Invalidate()
	}
	return awsapi.Judge("sns", err, notify.CauseSMSPolicy)
}

// role returns the credentials of a pool's role, which are fetched when they are
// needed. A pool's external id is part of what they are kept by, so that none
// profits from another's.
func (d *Driver) role(config aws.Config, via notify.Via) *aws.CredentialsCache {
	d.mu.Lock()
	defer d.mu.Unlock()
	if kept, ok := d.roles[via]; ok {
		return kept
	}
	if len(d.roles) >= maxRoles {
		clear(d.roles)
	}
	role := aws.NewCredentialsCache(stscreds.NewAssumeRoleProvider(sts.NewFromConfig(config), via.RoleARN, func(o *stscreds.AssumeRoleOptions) {
		o.RoleSessionName = sessionName
		if via.ExternalID != "" {
			o.ExternalID = &via.ExternalID
		}
	}), func(o *aws.CredentialsCacheOptions) { o.ExpiryWindow = expiryWindow })
	d.roles[via] = role
	return role
}
