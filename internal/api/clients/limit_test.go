package clients_test

import (
	"context"
	"slices"
	"testing"

	"poolhouse.dev/internal/api/clients"
	"poolhouse.dev/internal/fault"
	"poolhouse.dev/internal/wire"
)

// Every operation counts against the limit of its pool, under its own name, and
// does nothing beyond it.
func TestOperationsCountForTheirPool(t *testing.T) {
	w := newWorld(t)
	var counted []string
	deps := w.Deps
	deps.AllowPool = func(_ context.Context, operation, id string) error {
		if id != string(poolID) {
			t.Errorf("%s counts for pool %s", operation, id)
		}
		counted = append(counted, operation)
		return fault.TooManyRequests("Too many requests")
	}
	a, pool, client := clients.New(deps), wire.Ptr(string(poolID)), wire.Ptr("1example23456789")
	calls := map[string]func(context.Context) error{
		"CreateUserPoolClient": func(ctx context.Context) error {
			_, err := a.CreateUserPoolClient(ctx, &wire.CreateUserPoolClientRequest{UserPoolId: pool, ClientName: client})
			return err
		},
		"DeleteUserPoolClient": func(ctx context.Context) error {
			return a.DeleteUserPoolClient(ctx, &wire.DeleteUserPoolClientRequest{UserPoolId: pool, ClientId: client})
		},
		"DescribeUserPoolClient": func(ctx context.Context) error {
			_, err := a.DescribeUserPoolClient(ctx, &wire.DescribeUserPoolClientRequest{UserPoolId: pool, ClientId: client})
			return err
		},
		"ListUserPoolClients": func(ctx context.Context) error {
			_, err := a.ListUserPoolClients(ctx, &wire.ListUserPoolClientsRequest{UserPoolId: pool})
			return err
		},
		"UpdateUserPoolClient": func(ctx context.Context) error {
			_, err := a.UpdateUserPoolClient(ctx, &wire.UpdateUserPoolClientRequest{UserPoolId: pool, ClientId: client})
			return err
		},
	}
	for name, call := range calls {
		counted = nil
		if err := call(t.Context()); fault.As(err) == nil || fault.As(err).Code != "TooManyRequestsException" {
			t.Errorf("%s: %v", name, err)
		}
		if !slices.Equal(counted, []string{name}) {
			t.Errorf("%s counts as %v", name, counted)
		}
	}
}
