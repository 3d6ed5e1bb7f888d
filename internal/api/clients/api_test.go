package clients_test

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"poolhouse.dev/internal/api/clients"
	"poolhouse.dev/internal/directory"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/store/cached"
	"poolhouse.dev/internal/wire"
)

// The operations fit the server's table.
var _ = func(a *clients.API) wire.Handlers {
	return wire.Handlers{
		CreateUserPoolClient: a.CreateUserPoolClient, DescribeUserPoolClient: a.DescribeUserPoolClient,
		UpdateUserPoolClient: a.UpdateUserPoolClient, ListUserPoolClients: a.ListUserPoolClients,
		DeleteUserPoolClient: a.DeleteUserPoolClient,
	}
}

func TestSecrets(t *testing.T) {
	w := newWorld(t)
	generated := w.create(t, `,"GenerateSecret":true`)
	if !regexp.MustCompile(`^[0-9a-z]{51,52}$`).MatchString(*generated.ClientSecret) {
		t.Errorf("the generated secret has %d characters, or others than 0-9a-z", len(*generated.ClientSecret))
	}
	if again := w.create(t, `,"GenerateSecret":true`); *again.ClientSecret == *generated.ClientSecret {
		t.Error("two clients got one secret")
	}
	if c := w.create(t, `,"GenerateSecret":false`); c.ClientSecret != nil {
		t.Error("a client that asked for no secret has one")
	}

	const chosen = "chosen_by_the_administrator"
	c := w.create(t, `,"ClientSecret":"`+chosen+`"`)
	updated, err := w.update(t, c.ClientId, "")
	if err != nil {
		t.Fatal(err)
	}
	for _, shown := range []*wire.UserPoolClientType{c, updated, w.describe(t, c.ClientId)} {
		if wire.Deref(shown.ClientSecret) != chosen {
			t.Error("the chosen secret is not shown")
		}
	}
	_, err = w.try(t, `,"GenerateSecret":true,"ClientSecret":"`+chosen+`"`)
	checkFault(t, err, invalid+"GenerateSecret and ClientSecret cannot be used together.")

	stored := &pool.Client{ID: pool.ClientID(*c.ClientId)}
	if err := w.store.Read(t.Context(), stored); err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(stored.SealedSecret, []byte(chosen)) {
		t.Error("the secret is stored in the clear")
	}
	thief := &pool.Client{ID: "another", PoolID: poolID, SealedSecret: stored.SealedSecret}
	if _, err := directory.New(w.store, w.vault).Secret(thief); err == nil {
		t.Error("the secret opens in another client's row")
	}
}

// One case for each way that a request is refused shows that the rules of
// package pool are asked; their own tests have the rest.
func TestRefusals(t *testing.T) {
	w := newWorld(t)
	id := w.create(t, "").ClientId
	for _, c := range []struct{ name, members, created, updated string }{
		{"validity", `,"AccessTokenValidity":25`, invalid + "Invalid range for token validity.", ""},
		{"validity in seconds", `,"RefreshTokenValidity":3599,"TokenValidityUnits":{"RefreshToken":"seconds"}`, invalid + "Invalid range for token validity.", ""},
		{"readable attributes", `,"ReadAttributes":["custom:x"]`, invalid + "Invalid read attributes specified while creating a client", invalid + "Invalid read attributes specified while updating a client"},
		{"writable attributes", `,"WriteAttributes":["sub"]`, invalid + "Invalid write attributes specified while creating a client", invalid + "Invalid write attributes specified while updating a client"},
		{"flows", `,"ExplicitAuthFlows":["ALLOW_USER_AUTH","USER_PASSWORD_AUTH"]`, invalid + "Auth flow name with prefix 'ALLOW' cannot be used with legacy auth flow names.", ""},
		{"grants", `,"AllowedOAuthFlows":["client_credentials"]`, "InvalidOAuthFlowException: client_credentials flow can not be selected if client does not have a client secret.", ""},
		{"scopes", `,"AllowedOAuthScopes":["api/read"]`, "ScopeDoesNotExistException: Invalid scope requested: api/read", ""},
		{"providers", `,"SupportedIdentityProviders":["Acme"]`, invalid + "The provider Acme does not exist for User Pool " + poolID, ""},
		{"URLs", `,"CallbackURLs":["http://a.example"]`, invalid + "http://a.example cannot use the HTTP protocol.", ""},
		{"context", `,"EnablePropagateAdditionalUserContextData":true`, invalid + "Client Secret is required to set EnablePropagateAdditionalUserContextData as true", ""},
		{"analytics", `,"AnalyticsConfiguration":{}`, invalid + "Invalid analytics configuration given, either <application arn> or <application id, role arn, external id> are valid", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := w.try(t, c.members)
			checkFault(t, err, c.created)
			if c.updated == "" {
				c.updated = c.created
			}
			_, err = w.update(t, id, c.members)
			checkFault(t, err, c.updated)
		})
	}
}

func TestUpdateResets(t *testing.T) {
	w := newWorld(t)
	c := w.create(t, oauth+`,"GenerateSecret":true,"AccessTokenValidity":2,"RefreshTokenValidity":9,"TokenValidityUnits":{"AccessToken":"hours"},"ReadAttributes":["email"],"WriteAttributes":["email"],`+
		`"ExplicitAuthFlows":["ALLOW_USER_PASSWORD_AUTH"],"SupportedIdentityProviders":["COGNITO"],"LogoutURLs":["https://a.example"],"DefaultRedirectURI":"https://a.example/done",`+
		`"AnalyticsConfiguration":{"ApplicationArn":"arn:aws:mobiletargeting:us-east-1:123456789012:apps/a1"},"PreventUserExistenceErrors":"ENABLED","EnableTokenRevocation":false,`+
		`"EnablePropagateAdditionalUserContextData":true,"AuthSessionValidity":9,"RefreshTokenRotation":{"Feature":"ENABLED"}`)
	updated, err := w.update(t, c.ClientId, "")
	if err != nil {
		t.Fatal(err)
	}
	want := parse(t, bareClient).(map[string]any)
	want["ClientId"], want["ClientSecret"], want["AuthSessionValidity"] = *c.ClientId, *c.ClientSecret, 9.0
	want["LastModifiedDate"] = want["CreationDate"].(float64) + 1
	if diff := cmp.Diff(want, members(t, updated)); diff != "" {
		t.Errorf("client after an empty update (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(updated, w.describe(t, c.ClientId)); diff != "" {
		t.Errorf("described (-updated +described):\n%s", diff)
	}
	renamed, err := w.update(t, c.ClientId, `,"ClientName":"other","AuthSessionValidity":4`)
	if err != nil || *renamed.ClientName != "other" || *renamed.AuthSessionValidity != 4 {
		t.Errorf("renamed = %+v, %v", renamed, err)
	}
}

// A client without lists of its own reaches the attributes that the pool had
// when the client was last saved.
func TestClientSeesTheSchemaOfItsLastSave(t *testing.T) {
	w := newWorld(t)
	id := w.create(t, "").ClientId
	reads := func() bool {
		p, c := &pool.Pool{ID: poolID}, &pool.Client{ID: pool.ClientID(*id)}
		if err := w.store.Read(t.Context(), p, c); err != nil {
			t.Fatal(err)
		}
		return c.CanRead(p, "custom:tier") && c.CanWrite(p, "custom:tier")
	}
	w.changePool(t, func(p *pool.Pool) {
		var err error
		if p.Settings.Schema, err = p.Settings.Schema.Extend([]pool.AttributeDraft{{Name: "tier", Type: pool.TypeString}}); err != nil {
			t.Fatal(err)
		}
	})
	if reads() {
		t.Error("a new attribute is open to a client that was saved before it")
	}
	if _, err := w.update(t, id, ""); err != nil {
		t.Fatal(err)
	}
	if !reads() {
		t.Error("saving the client did not open the attribute")
	}
}

// A process that remembers a deleted pool, or the schema from before a change,
// makes no client by it.
func TestCreateMeetsChangedPool(t *testing.T) {
	w := newWorld(t)
	s := cached.New(w.store, time.Hour, func() time.Time { return time.Unix(0, 0) })
	node := w.node(s)
	create := func(writable ...string) error {
		_, err := node.CreateUserPoolClient(signed(t), &wire.CreateUserPoolClientRequest{UserPoolId: wire.Ptr(poolID), ClientName: wire.Ptr("app"), WriteAttributes: writable})
		return err
	}
	checkFault(t, create("email"), "")
	w.changePool(t, func(p *pool.Pool) {
		a, _ := p.Settings.Schema.Find("name")
		a.Required = true
	})
	checkFault(t, create("email"), invalid+"Invalid write attributes specified while creating a client")

	p := &pool.Pool{ID: poolID}
	if err := w.store.Read(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	set := store.NewChangeSet()
	set.Insert(&pool.Removal{PoolID: poolID})
	set.Delete(p)
	if err := w.store.Commit(t.Context(), set); err != nil {
		t.Fatal(err)
	}
	checkFault(t, create(), "ResourceNotFoundException: User pool "+poolID+" does not exist.")
}

func TestUnknownClient(t *testing.T) {
	w := newWorld(t)
	known := w.create(t, "").ClientId
	for _, c := range []struct{ name, pool, client, want string }{
		{"unknown pool", region + "_000000000", *known, "ResourceNotFoundException: User pool " + region + "_000000000 does not exist."},
		{"unknown client", poolID, "none", "ResourceNotFoundException: User pool client none does not exist."},
		{"client of another pool", otherID, *known, "ResourceNotFoundException: User pool client " + *known + " does not exist."},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := w.DescribeUserPoolClient(signed(t), &wire.DescribeUserPoolClientRequest{UserPoolId: &c.pool, ClientId: &c.client})
			checkFault(t, err, c.want)
			_, err = w.UpdateUserPoolClient(signed(t), &wire.UpdateUserPoolClientRequest{UserPoolId: &c.pool, ClientId: &c.client})
			checkFault(t, err, c.want)
			checkFault(t, w.DeleteUserPoolClient(signed(t), &wire.DeleteUserPoolClientRequest{UserPoolId: &c.pool, ClientId: &c.client}), c.want)
		})
	}
	in := &wire.DeleteUserPoolClientRequest{UserPoolId: wire.Ptr(poolID), ClientId: known}
	checkFault(t, w.DeleteUserPoolClient(signed(t), in), "")
	checkFault(t, w.DeleteUserPoolClient(signed(t), in), "ResourceNotFoundException: User pool client "+*known+" does not exist.")
}

func TestListUserPoolClients(t *testing.T) {
	w := newWorld(t)
	var want []string
	for range 5 {
		want = append(want, *w.create(t, "").ClientId)
	}
	slices.Sort(want)
	var got []string
	in := &wire.ListUserPoolClientsRequest{UserPoolId: wire.Ptr(poolID), MaxResults: wire.Ptr[int32](2)}
	for {
		out, err := w.ListUserPoolClients(signed(t), in)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range out.UserPoolClients {
			got = append(got, *c.ClientId)
		}
		if out.NextToken == nil {
			break
		}
		in.NextToken = out.NextToken
		for _, other := range []*wire.ListUserPoolClientsRequest{
			{UserPoolId: wire.Ptr(otherID), NextToken: in.NextToken},
			{UserPoolId: wire.Ptr(poolID), NextToken: in.NextToken, ClientType: wire.Ptr(wire.ClientTypeTypeRegular)},
			{UserPoolId: wire.Ptr(poolID), NextToken: in.NextToken, ClientType: wire.Ptr(wire.ClientTypeTypeDcr)},
			{UserPoolId: wire.Ptr(poolID), NextToken: wire.Ptr("none")},
		} {
			_, err = w.ListUserPoolClients(signed(t), other)
			checkFault(t, err, invalid+"Invalid pagination token given.")
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("clients (-want +got):\n%s", diff)
	}

	for kind, n := range map[wire.ClientTypeType]int{wire.ClientTypeTypeRegular: 5, wire.ClientTypeTypeDcr: 0} {
		out, err := w.ListUserPoolClients(signed(t), &wire.ListUserPoolClientsRequest{UserPoolId: wire.Ptr(poolID), ClientType: &kind})
		if err != nil || len(out.UserPoolClients) != n || out.NextToken != nil {
			t.Errorf("%d clients of type %s, want %d; %v", len(out.UserPoolClients), kind, n, err)
		}
	}
}

func TestListedClient(t *testing.T) {
	w := newWorld(t)
	c := w.create(t, `,"GenerateSecret":true`)
	out, err := w.ListUserPoolClients(signed(t), &wire.ListUserPoolClientsRequest{UserPoolId: wire.Ptr(poolID)})
	if err != nil {
		t.Fatal(err)
	}
	want := `{"UserPoolClients":[{"ClientId":"` + *c.ClientId + `","UserPoolId":"` + poolID + `","ClientName":"app"}]}`
	if diff := cmp.Diff(parse(t, want), any(members(t, out))); diff != "" {
		t.Errorf("answer (-want +got):\n%s", diff)
	}
}

func TestClientQuota(t *testing.T) {
	w := newWorld(t)
	set := store.NewChangeSet()
	for i := range clients.MaxClients {
		id := pool.ID(poolID)
		if i == 0 {
			id = otherID
		}
		set.Insert(&pool.Client{ID: pool.ClientID(fmt.Sprint("c", i)), PoolID: id})
	}
	if err := w.store.Commit(t.Context(), set); err != nil {
		t.Fatal(err)
	}
	w.create(t, "")
	_, err := w.try(t, "")
	checkFault(t, err, "LimitExceededException: The number of app clients per user pool has reached its limit of 1000.")
}
