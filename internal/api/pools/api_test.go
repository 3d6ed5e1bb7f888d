package pools_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"poolhouse.dev/internal/api/pools"
	"poolhouse.dev/internal/caller"
	"poolhouse.dev/internal/paging"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/wire"
)

// The operations fit the server's table.
var _ = func(a *pools.API) wire.Handlers {
	return wire.Handlers{
		CreateUserPool: a.CreateUserPool, DescribeUserPool: a.DescribeUserPool, UpdateUserPool: a.UpdateUserPool,
		ListUserPools: a.ListUserPools, DeleteUserPool: a.DeleteUserPool, AddCustomAttributes: a.AddCustomAttributes,
	}
}

const days = "Please use TemporaryPasswordValidityDays in PasswordPolicy instead of UnusedAccountValidityDays"

// One case for each way that a request is refused shows that the rules of
// package pool are asked; their own tests have the rest.
func TestRefusals(t *testing.T) {
	w := newWorld(t)
	id := w.create(t, "").Id
	for _, c := range []struct {
		name, members, want string
		createOnly          bool
	}{
		{"both lives of temporary passwords", `,"Policies":{"PasswordPolicy":{"TemporaryPasswordValidityDays":9}},"AdminCreateUserConfig":{"UnusedAccountValidityDays":8}`, invalid + days, false},
		{"the same life twice", `,"Policies":{"PasswordPolicy":{"TemporaryPasswordValidityDays":9}},"AdminCreateUserConfig":{"UnusedAccountValidityDays":9}`, invalid + days, true},
		{"two functions for tokens", `,"LambdaConfig":{"PreTokenGeneration":` + lambda + `,"PreTokenGenerationConfig":{"LambdaVersion":"V1_0","LambdaArn":"arn:aws:lambda:eu-central-1:123456789012:function:g"}}`,
			invalid + "Cannot use PreTokenGenerationLambda and PreTokenGeneration with different Lambda function ARN's", false},
		{"two kinds of sign-in names", `,"AliasAttributes":["email"],"UsernameAttributes":["email"]`, invalid + "Only one of the aliasAttributes or usernameAttributes can be set in a User pool.", true},
		{"schema", `,"Schema":[{"Name":"a","AttributeDataType":"String","Required":true}]`, invalid + "Required custom attributes are not supported currently.", true},
		{"customer key", `,"KeyConfiguration":{"KeyType":"CUSTOMER_MANAGED_KEY","KmsKeyArn":` + kms + `}`, invalid + "KeyConfiguration asks for a customer managed key, which is not built in this version of poolhouse.", false},
		{"MFA", `,"MfaConfiguration":"ON"`, invalid + "SMS configuration and Auto verification for phone_number are required when MFA is required/optional", false},
		{"MFA with an empty role", `,"MfaConfiguration":"ON","SmsConfiguration":{"SnsCallerArn":""}`, invalid + "SMS configuration and Auto verification for phone_number are required when MFA is required/optional", false},
		{"legacy code and link", `,"EmailVerificationMessage":"Code {####}","VerificationMessageTemplate":{"EmailMessageByLink":"Click {##here##}"}`, invalid + "VerificationMessageTemplate takes either EmailMessage or EmailMessageByLink, not both.", false},
		{"tier", `,"UserPoolAddOns":{"AdvancedSecurityMode":"AUDIT"}`, "FeatureUnavailableInTierException: The following features need to be disabled for the ESSENTIALS pricing tier configured: Threat Protection", false},
		{"tags", `,"UserPoolTags":{"AWS:x":"y"}`, "UserPoolTaggingException: UserPoolTags cannot have keys that begin with aws:.", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := w.CreateUserPool(signed(t), request(t, &wire.CreateUserPoolRequest{}, `{"PoolName":"people"`+c.members+`}`))
			checkFault(t, err, c.want)
			if !c.createOnly {
				checkFault(t, w.update(t, id, c.members), c.want)
			}
		})
	}
}

func TestUpdateResets(t *testing.T) {
	w := newWorld(t)
	created := w.create(t, `,"Policies":{"PasswordPolicy":{"MinimumLength":12,"TemporaryPasswordValidityDays":30},"SignInPolicy":{"AllowedFirstAuthFactors":["PASSWORD","EMAIL_OTP"]}},`+
		`"DeletionProtection":"ACTIVE","LambdaConfig":{"PreSignUp":`+lambda+`},"AutoVerifiedAttributes":["email"],"AliasAttributes":["email"],`+
		`"VerificationMessageTemplate":{"EmailMessage":"Code {####}"},"SmsAuthenticationMessage":"Code {####}","MfaConfiguration":"OPTIONAL"`+sms+`,`+
		`"DeviceConfiguration":{"ChallengeRequiredOnNewDevice":true},"EmailConfiguration":{"EmailSendingAccount":"DEVELOPER","SourceArn":`+identity+`},`+
		`"UserPoolTags":{"a":"b"},"AdminCreateUserConfig":{"AllowAdminCreateUserOnly":true},"UserPoolAddOns":{"AdvancedSecurityMode":"AUDIT"},`+
		`"UsernameConfiguration":{"CaseSensitive":false},"AccountRecoverySetting":{"RecoveryMechanisms":[{"Priority":1,"Name":"admin_only"}]},`+
		`"UserPoolTier":"PLUS","IssuerConfiguration":{"Type":"UPDATED"},"DcrConfiguration":{},"AcrConfiguration":{"Level2":{"AcrValue":"silver"}}`)
	before := members(t, created)
	if err := w.update(t, created.Id, ""); err != nil {
		t.Fatal(err)
	}
	want := parse(t, barePool).(map[string]any)
	for _, kept := range []string{"Id", "Arn", "CreationDate", "SchemaAttributes", "AliasAttributes", "UsernameConfiguration", "DeletionProtection", "UserPoolTags", "UserPoolTier", "IssuerConfiguration", "DcrConfiguration", "AcrConfiguration"} {
		want[kept] = before[kept]
	}
	want["Policies"].(map[string]any)["SignInPolicy"] = before["Policies"].(map[string]any)["SignInPolicy"]
	got := members(t, w.describe(t, created.Id))
	want["LastModifiedDate"] = got["LastModifiedDate"]
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("pool after an empty update (-want +got):\n%s", diff)
	}

	// Policies without a sign-in policy put that back; a name renames.
	if err := w.update(t, created.Id, `,"Policies":{},"PoolName":"others"`); err != nil {
		t.Fatal(err)
	}
	after := w.describe(t, created.Id)
	if diff := cmp.Diff([]wire.AuthFactorType{wire.AuthFactorTypePassword}, after.Policies.SignInPolicy.AllowedFirstAuthFactors); diff != "" {
		t.Errorf("first factors (-want +got):\n%s", diff)
	}
	if *after.Name != "others" {
		t.Errorf("Name = %q", *after.Name)
	}
}

// An update that drops AutoVerifiedAttributes while the proof of a new address
// stays on is refused, as the service does.
func TestUpdateKeepsProofBeforeUpdate(t *testing.T) {
	w := newWorld(t)
	id := w.create(t, `,"AutoVerifiedAttributes":["email"],"UserAttributeUpdateSettings":{"AttributesRequireVerificationBeforeUpdate":["email"]}`).Id
	checkFault(t, w.update(t, id, ""), invalid+"All attributes in AttributesRequireVerificationBeforeUpdate must exist in AutoVerifiedAttributes")
	if got := w.describe(t, id).AutoVerifiedAttributes; len(got) != 1 {
		t.Errorf("AutoVerifiedAttributes after the refused update = %v", got)
	}
}

func TestUpdateRefusesLowerTier(t *testing.T) {
	w := newWorld(t)
	id := w.create(t, `,"Policies":{"SignInPolicy":{"AllowedFirstAuthFactors":["PASSWORD","EMAIL_OTP"]}},"DcrConfiguration":{}`).Id
	const text = "FeatureUnavailableInTierException: The following features need to be disabled for the LITE pricing tier configured: "
	checkFault(t, w.update(t, id, `,"UserPoolTier":"LITE"`), text+"Passwordless Sign-In, Dynamic Client Registration")
	checkFault(t, w.update(t, id, `,"UserPoolTier":"LITE","Policies":{}`), text+"Dynamic Client Registration")
	checkFault(t, w.update(t, id, `,"UserPoolTier":"LITE","Policies":{},"DcrConfiguration":{"EnableStatus":"Disabled"}`), "")
}

func TestAddCustomAttributes(t *testing.T) {
	w := newWorld(t)
	id := w.create(t, `,"Schema":[{"Name":"first","AttributeDataType":"Number"}]`).Id
	add := func(attributes string) error {
		_, err := w.AddCustomAttributes(signed(t), request(t, &wire.AddCustomAttributesRequest{}, `{"UserPoolId":"`+*id+`","CustomAttributes":`+attributes+`}`))
		return err
	}
	checkFault(t, add(`[{"Name":"email","AttributeDataType":"String","Mutable":true},{"Name":"rank","AttributeDataType":"Boolean","DeveloperOnlyAttribute":true}]`), "")
	checkFault(t, add(`[{"Name":"new","AttributeDataType":"String"},{"Name":"first","AttributeDataType":"String"}]`), invalid+"custom:first: Existing attribute already has name custom:first.")
	var names []string
	for _, a := range w.describe(t, id).SchemaAttributes[20:] {
		names = append(names, *a.Name)
	}
	if diff := cmp.Diff([]string{"custom:first", "custom:email", "dev:custom:rank"}, names); diff != "" {
		t.Errorf("custom attributes (-want +got):\n%s", diff)
	}

	many := func(from, n int) string {
		list := make([]string, n)
		for i := range list {
			list[i] = fmt.Sprintf(`{"Name":"n%d","AttributeDataType":"String"}`, from+i)
		}
		return "[" + strings.Join(list, ",") + "]"
	}
	checkFault(t, add(many(0, 25)), "")
	checkFault(t, add(many(25, 23)), invalid+"A user pool cannot have more than 50 custom attributes.")
	checkFault(t, add(many(25, 22)), "")
}

// Two processes that remember the pool change it at the same time: nothing is
// lost, since a remembered pool loses against the stored one and is read anew.
func TestConcurrentChangesLoseNothing(t *testing.T) {
	w := newWorld(t)
	id := w.create(t, "").Id
	nodes := make([]*pools.API, 4)
	for i := range nodes {
		s := w.remembering()
		nodes[i] = pools.New(pools.Deps{Store: s, Directory: w.node(s).Directory, Lists: paging.Lists{Store: s, Vault: w.vault}, Keys: fakeKeys{}, Account: account, AllowPool: unlimited, Now: time.Now})
		if _, err := nodes[i].DescribeUserPool(signed(t), &wire.DescribeUserPoolRequest{UserPoolId: id}); err != nil {
			t.Fatal(err)
		}
	}
	var wg sync.WaitGroup
	for i, node := range nodes {
		in := request(t, &wire.AddCustomAttributesRequest{}, fmt.Sprintf(`{"UserPoolId":"%s","CustomAttributes":[{"Name":"n%d","AttributeDataType":"String"}]}`, *id, i))
		wg.Go(func() {
			if _, err := node.AddCustomAttributes(signed(t), in); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n := len(w.describe(t, id).SchemaAttributes); n != 24 {
		t.Errorf("%d attributes, want 24", n)
	}
}

func TestUnknownPool(t *testing.T) {
	w := newWorld(t)
	known := w.create(t, "").Id
	elsewhere := caller.With(t.Context(), caller.Caller{Region: "us-east-1"})
	_, err := w.DescribeUserPool(elsewhere, &wire.DescribeUserPoolRequest{UserPoolId: known})
	checkFault(t, err, "ResourceNotFoundException: User pool "+*known+" does not exist.")

	const id, want = region + "_000000000", "ResourceNotFoundException: User pool " + region + "_000000000 does not exist."
	_, err = w.DescribeUserPool(signed(t), &wire.DescribeUserPoolRequest{UserPoolId: wire.Ptr(id)})
	checkFault(t, err, want)
	checkFault(t, w.update(t, wire.Ptr(id), ""), want)
	checkFault(t, w.DeleteUserPool(signed(t), &wire.DeleteUserPoolRequest{UserPoolId: wire.Ptr(id)}), want)
	_, err = w.AddCustomAttributes(signed(t), &wire.AddCustomAttributesRequest{UserPoolId: wire.Ptr(id)})
	checkFault(t, err, want)
}

func TestRegionOfPool(t *testing.T) {
	w := newWorld(t)
	for region, want := range map[string]string{"": "us-east-1", "ap-south-1": "ap-south-1"} {
		out, err := w.CreateUserPool(caller.With(t.Context(), caller.Caller{Region: region}), &wire.CreateUserPoolRequest{PoolName: wire.Ptr("x")})
		if err != nil {
			t.Fatal(err)
		}
		if got := pool.ID(*out.UserPool.Id).Region(); got != want {
			t.Errorf("the pool of a call to %q is in %q, want %q", region, got, want)
		}
	}
	_, err := w.CreateUserPool(caller.With(t.Context(), caller.Caller{Region: "a_b/c"}), &wire.CreateUserPoolRequest{PoolName: wire.Ptr("x")})
	checkFault(t, err, invalid+`The Region "a_b/c" of the request cannot be part of a user pool id.`)
}

func TestPoolQuota(t *testing.T) {
	w := newWorld(t)
	set := store.NewChangeSet()
	for i := range pools.MaxPools - 1 {
		set.Insert(&pool.Pool{ID: pool.ID(fmt.Sprintf("%s_%09d", region, i)), Region: region, Settings: pool.DefaultSettings()})
	}
	if err := w.store.Commit(t.Context(), set); err != nil {
		t.Fatal(err)
	}
	last := w.create(t, "").Id
	_, err := w.CreateUserPool(signed(t), &wire.CreateUserPoolRequest{PoolName: wire.Ptr("x")})
	checkFault(t, err, "LimitExceededException: The number of user pools per account has reached its limit of 1000.")
	if err := w.DeleteUserPool(signed(t), &wire.DeleteUserPoolRequest{UserPoolId: last}); err != nil {
		t.Fatal(err)
	}
	w.create(t, "")
}
