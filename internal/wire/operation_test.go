package wire_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"poolhouse.dev/internal/wire"
)

func TestOperations(t *testing.T) {
	var unsigned, empty []string
	for i, op := range wire.Operations {
		if i > 0 && wire.Operations[i-1].Name >= op.Name {
			t.Errorf("%s is out of order", op.Name)
		}
		if op.Auth == wire.AuthNone {
			unsigned = append(unsigned, op.Name)
		}
		if !op.HasOutput {
			empty = append(empty, op.Name)
		}
		if !slices.Contains(op.Errors, "InvalidParameterException") {
			t.Errorf("%s lists the errors %v", op.Name, op.Errors)
		}
	}
	if n := len(wire.Operations); n != 140 {
		t.Errorf("%d operations, want 140", n)
	}
	if len(unsigned) != 35 || !slices.Contains(unsigned, "GetClientToken") || slices.Contains(unsigned, "GetSigningCertificate") {
		t.Errorf("%d unsigned operations, want 35: %v", len(unsigned), unsigned)
	}
	want := []string{
		"AdminAddUserToGroup", "AdminDeleteUser", "AdminForgetDevice", "AdminRemoveUserFromGroup", "DeleteGroup",
		"DeleteIdentityProvider", "DeleteManagedLoginBranding", "DeleteResourceServer", "DeleteTerms", "DeleteUser",
		"DeleteUserPool", "DeleteUserPoolClient", "ForgetDevice",
	}
	if diff := cmp.Diff(want, empty); diff != "" {
		t.Errorf("operations without output (-want +got):\n%s", diff)
	}
}

func TestFind(t *testing.T) {
	for _, name := range []string{"AddCustomAttributes", "SignUp", "VerifyUserAttribute"} {
		if op, ok := wire.Find(name); !ok || op.Name != name {
			t.Errorf("Find(%s) = %v, %v", name, op, ok)
		}
	}
	for _, name := range []string{"", "signUp", "SignUpX", "ZZZ"} {
		if _, ok := wire.Find(name); ok {
			t.Errorf("Find(%q) found something", name)
		}
	}
}

func TestNilHandlersAreMissing(t *testing.T) {
	h := &wire.Handlers{
		SignUp:     func(context.Context, *wire.SignUpRequest) (*wire.SignUpResponse, error) { return nil, nil },
		DeleteUser: func(context.Context, *wire.DeleteUserRequest) error { return nil },
	}
	missing := h.Missing()
	if len(missing) != len(wire.Operations)-2 || slices.Contains(missing, "SignUp") || slices.Contains(missing, "DeleteUser") {
		t.Errorf("%d missing: %s", len(missing), strings.Join(missing, " "))
	}
}

func TestCall(t *testing.T) {
	failed := errors.New("failed")
	h := &wire.Handlers{
		GetUser: func(_ context.Context, in *wire.GetUserRequest) (*wire.GetUserResponse, error) {
			if wire.Deref(in.AccessToken) == "" {
				return &wire.GetUserResponse{}, failed
			}
			return nil, nil
		},
		DeleteUser: func(context.Context, *wire.DeleteUserRequest) error { return failed },
	}
	get, _ := wire.Find("GetUser")
	if out, err := get.Call(t.Context(), h, get.New()); out != nil || !errors.Is(err, failed) {
		t.Errorf("failing: %v, %v", out, err)
	}
	out, err := get.Call(t.Context(), h, &wire.GetUserRequest{AccessToken: wire.Ptr("t")})
	if diff := cmp.Diff(&wire.GetUserResponse{}, out); diff != "" || err != nil {
		t.Errorf("nil output: %v (-want +got):\n%s", err, diff)
	}
	del, _ := wire.Find("DeleteUser")
	if out, err := del.Call(t.Context(), h, del.New()); out != nil || !errors.Is(err, failed) {
		t.Errorf("without output: %v, %v", out, err)
	}
}

// A request that holds nothing but zero values is judged and not crashed on.
func TestEveryEmptyRequestIsChecked(t *testing.T) {
	for i := range wire.Operations {
		op := &wire.Operations[i]
		var violated *wire.ConstraintError
		if err := op.New().Check(); err != nil && !errors.As(err, &violated) {
			t.Errorf("%s: %v", op.Name, err)
		}
	}
}
