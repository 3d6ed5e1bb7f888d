package user_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"poolhouse.dev/internal/fault"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/user"
)

// FuzzDecideUpdate lets a user write two attributes of any names and values. It
// is refused by a fault, or what comes out is a user who could be stored: nobody
// marks their own address verified, a new address is never taken for proven, what
// cannot be changed is as it was, and the user as read is untouched.
func FuzzDecideUpdate(f *testing.F) {
	for _, pair := range [][4]string{
		{"name", "Ann", "email", "new@example.com"}, {"email_verified", "true", "name", "x"}, {"email", "", "phone_number", "+15550100"},
		{"custom:badge", "1", "sub", "x"}, {"custom:age", "1e9", "custom:tier", "\x00"}, {"dev:custom:rank", "1", "email", "ANN@example.com"},
		{"email", "a@b.example", "email", "old@example.com"}, {"preferred_username", "ann@example.com", "phone_number_verified", "TRUE"},
	} {
		f.Add(pair[0], pair[1], pair[2], pair[3], uint8(len(pair[1])))
	}
	kinds := [][]func(*pool.Settings){
		nil, {aliases("email", "preferred_username")}, {named("email")}, {verifyFirst("email", "phone_number")},
		{autoVerified("email"), aliases("email"), insensitive}, {required("name"), immutable("nickname")},
	}
	f.Fuzz(func(t *testing.T, name1, value1, name2, value2 string, kind uint8) {
		p := newPool(kinds[int(kind)%len(kinds)]...)
		ann := newAnn(p, "email", "old@example.com", "email_verified", "true", "name", "Old", "custom:badge", "7")
		was := ann.Clone()
		d, err := user.DecideUpdate(p, user.Writer{Client: newClient(p)}, ann, attrs(name1, value1, name2, value2), now)
		if diff := cmp.Diff(was, ann); diff != "" {
			t.Fatalf("the user as read was changed:\n%s", diff)
		}
		if err != nil {
			if fault.As(err) == nil {
				t.Fatalf("an error that is no fault: %v", err)
			}
			return
		}
		after := d.User.Attributes
		for _, attr := range []string{pool.AttrEmail, pool.AttrPhone} {
			if after.IsVerified(attr) && after.Get(attr) != was.Attributes.Get(attr) {
				t.Errorf("%s is %q and verified", attr, after.Get(attr))
			}
		}
		if !was.Attributes.IsVerified(pool.AttrPhone) && after.IsVerified(pool.AttrPhone) {
			t.Error("the phone number became verified")
		}
		if after.Get("custom:badge") != "7" || d.User.Sub != was.Sub || d.User.Username != was.Username || d.User.Status != was.Status {
			t.Errorf("what stays has changed: %v", d.User)
		}
		for _, a := range after {
			if _, ok := p.Settings.Schema.Find(a.Name); !ok || a.Value == "" || strings.HasPrefix(a.Name, "dev:") {
				t.Errorf("attribute %q is %q", a.Name, a.Value)
			}
		}
	})
}
