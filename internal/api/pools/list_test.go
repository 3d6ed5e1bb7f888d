package pools_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"poolhouse.dev/internal/caller"
	"poolhouse.dev/internal/wire"
)

func TestListUserPools(t *testing.T) {
	w := newWorld(t)
	var want []string
	for range 5 {
		want = append(want, *w.create(t, "").Id)
	}
	slices.Sort(want)
	elsewhere := caller.With(t.Context(), caller.Caller{Region: "us-east-1"})
	if _, err := w.CreateUserPool(elsewhere, &wire.CreateUserPoolRequest{PoolName: wire.Ptr("x")}); err != nil {
		t.Fatal(err)
	}

	var got []string
	var sizes []int
	in := &wire.ListUserPoolsRequest{MaxResults: wire.Ptr[int32](2)}
	for {
		out, err := w.ListUserPools(signed(t), in)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range out.UserPools {
			got = append(got, *p.Id)
		}
		sizes = append(sizes, len(out.UserPools))
		if out.NextToken == nil {
			break
		}
		in.NextToken = out.NextToken
		_, err = w.ListUserPools(elsewhere, in)
		checkFault(t, err, invalid+"Invalid pagination token given.")
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("pools (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]int{2, 2, 1}, sizes); diff != "" {
		t.Errorf("page sizes (-want +got):\n%s", diff)
	}
	_, err := w.ListUserPools(signed(t), &wire.ListUserPoolsRequest{MaxResults: wire.Ptr[int32](2), NextToken: wire.Ptr("none")})
	checkFault(t, err, invalid+"Invalid pagination token given.")

	// A call that names no Region sees them all.
	all, err := w.ListUserPools(t.Context(), &wire.ListUserPoolsRequest{MaxResults: wire.Ptr[int32](60)})
	if err != nil || len(all.UserPools) != 6 {
		t.Errorf("%d pools without a Region, want 6; %v", len(all.UserPools), err)
	}
}

func TestListedPool(t *testing.T) {
	w := newWorld(t)
	bare := w.create(t, "")
	out, err := w.ListUserPools(signed(t), &wire.ListUserPoolsRequest{MaxResults: wire.Ptr[int32](1)})
	if err != nil {
		t.Fatal(err)
	}
	want := `{"UserPools":[{"Id":"` + *bare.Id + `","Name":"people","LambdaConfig":{},"LastModifiedDate":1772366401,"CreationDate":1772366401}]}`
	if diff := cmp.Diff(parse(t, want), any(members(t, out))); diff != "" {
		t.Errorf("answer (-want +got):\n%s", diff)
	}
}
