package wire

import (
	"cmp"
	"context"
	"slices"
)

// TargetPrefix stands before the operation's name in the X-Amz-Target header.
const TargetPrefix = "AWSCognitoIdentityProviderService."

// Auth says who may call an operation.
type Auth int

const (
	// AuthNone marks an operation that nobody signs; a signature is ignored.
	AuthNone Auth = iota
	// AuthSigV4 marks an operation whose request must be signed.
	AuthSigV4
)

// Input is a request structure.
type Input interface {
	// Check returns a *ConstraintError, or nil.
	Check() error
	check(*checker)
}

// Operation is one row of the table of operations.
type Operation struct {
	// Name is the operation's name without the target prefix.
	Name string
	// Auth says whether the request must be signed.
	Auth Auth
	// Errors are the exceptions that the model lists for the operation.
	Errors []string
	// HasOutput is false for an operation that answers with an empty body.
	HasOutput bool
	// New returns an empty request structure to decode into.
	New func() Input
	// Built reports whether h has a function for the operation.
	Built func(h *Handlers) bool
	// Call hands in, which came from New, to the function of h. The output is
	// a pointer to the response structure and never nil without an error; it
	// is nil when the operation has none. Call panics when Built is false.
	Call func(ctx context.Context, h *Handlers, in Input) (any, error)
	// Names returns what in, which came from New, says about the pool that it is
	// for; nil for an operation whose requests say nothing.
	Names func(in Input) PoolNames
}

// PoolNames are the members of a request that tell which pool it is for, as they
// were sent; "" is one that was not.
type PoolNames struct{ PoolID, ClientID, AccessToken string }

// Find returns the operation called name; the case of letters counts.
func Find(name string) (*Operation, bool) {
	i, found := slices.BinarySearchFunc(Operations, name, func(op Operation, name string) int {
		return cmp.Compare(op.Name, name)
	})
	if !found {
		return nil, false
	}
	return &Operations[i], true
}

// Missing returns the names of the operations that h does not build.
func (h *Handlers) Missing() []string {
	var names []string
	for i := range Operations {
		if !Operations[i].Built(h) {
			names = append(names, Operations[i].Name)
		}
	}
	return names
}

// pointerTo is a pointer to a request structure.
type pointerTo[T any] interface {
	*T
	check(*checker)
}

func call[I, O any](ctx context.Context, handle func(context.Context, *I) (*O, error), in Input) (any, error) {
	out, err := handle(ctx, any(in).(*I))
	if err != nil {
		return nil, err
	}
	if out == nil {
		out = new(O)
	}
	return out, nil
}

func callEmpty[I any](ctx context.Context, handle func(context.Context, *I) error, in Input) (any, error) {
	return nil, handle(ctx, any(in).(*I))
}
