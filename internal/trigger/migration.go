package trigger

import "context"

// Occasions of UserMigration.
const (
	MigrateAtSignIn = "Authentication"
	MigrateAtForgot = "ForgotPassword"
)

// Stranger is somebody whom the pool does not know and another directory may.
type Stranger struct {
	// Name is the one that was typed.
	Name string
	// Password is the one that was typed; nil where none was.
	Password *string
	// Validation is the ClientMetadata of a sign-in's first call.
	Validation map[string]string
}

// Migrant is a user whom a function knows; its fields are the function's own.
type Migrant struct {
	Attributes         map[string]*string `json:"userAttributes"`
	FinalStatus        *string            `json:"finalUserStatus"`
	MessageAction      *string            `json:"messageAction"`
	Mediums            []string           `json:"desiredDeliveryMediums"`
	ForceAliasCreation *bool              `json:"forceAliasCreation"`
	EnableSMSMFA       *bool              `json:"enableSMSMFA"`
}

type migrationRequest struct {
	Password       *string           `json:"password,omitempty"`
	ValidationData map[string]string `json:"validationData"`
	ClientMetadata map[string]string `json:"clientMetadata,omitempty"`
}

// UserMigration asks the pool's trigger about somebody whom the pool does not
// know, on one of the occasions above. Nil is a stranger to the function too, and to
// a pool without one.
//
// Source: "Migrate user Lambda trigger" in the developer guide.
func (c *Caller) UserMigration(ctx context.Context, o Occasion, occasion string, s Stranger) (*Migrant, error) {
	arn := o.Pool.Settings.Triggers.UserMigration
	if arn == "" {
		return nil, nil
	}
	request := migrationRequest{Password: s.Password, ValidationData: s.Validation, ClientMetadata: o.ClientMetadata}
	var m Migrant
	err := c.call(ctx, "UserMigration", arn, o.event(ctx, "UserMigration_"+occasion, s.Name, request, struct{}{}), &m)
	if err != nil {
		return nil, err
	}
	if len(m.Attributes) == 0 {
		return nil, nil
	}
	return &m, nil
}
