package users

import (
	"slices"

	"poolhouse.dev/internal/code"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/user"
	"poolhouse.dev/internal/wire"
)

// attributes translates a request's attributes; an absent value is "".
func attributes(in []wire.AttributeType) user.Attributes {
	out := make(user.Attributes, len(in))
	for i, a := range in {
		out[i] = user.Attribute{Name: wire.Deref(a.Name), Value: wire.Deref(a.Value)}
	}
	return out
}

// removals translates names of attributes into the change that removes them.
func removals(names []string) user.Attributes {
	out := make(user.Attributes, len(names))
	for i, name := range names {
		out[i] = user.Attribute{Name: name}
	}
	return out
}

// subName is what the name of a shown sub points at.
var subName = pool.AttrSub

// wireAttributes shows a user's sub and then those attributes that show takes. They
// stay where they are: what is returned points into u.
func wireAttributes(u *user.User, show func(name string) bool) []wire.AttributeType {
	shown := make([]wire.AttributeType, 0, len(u.Attributes)+1)
	if show(pool.AttrSub) {
		shown = append(shown, wire.AttributeType{Name: &subName, Value: (*string)(&u.Sub)})
	}
	for i := range u.Attributes {
		if a := &u.Attributes[i]; show(a.Name) {
			shown = append(shown, wire.AttributeType{Name: &a.Name, Value: &a.Value})
		}
	}
	return shown
}

// deliveryList describes codes that were sent; never nil, so that the member is
// there when it is empty.
func deliveryList(requests []user.CodeRequest) []wire.CodeDeliveryDetailsType {
	list := make([]wire.CodeDeliveryDetailsType, len(requests))
	for i, r := range requests {
		d := code.DeliveryOf(r)
		list[i] = wire.CodeDeliveryDetailsType{
			AttributeName:  wire.Ptr(d.Attribute),
			DeliveryMedium: wire.Ptr(wire.DeliveryMediumType(d.Medium)),
			Destination:    wire.Ptr(d.Destination),
		}
	}
	return list
}

// userType shows a user as lists and administrators see one; only is the names
// of the attributes to show, nil for all.
func userType(u *user.User, only []string) wire.UserType {
	shown := wireAttributes(u, func(name string) bool { return only == nil || slices.Contains(only, name) })
	return wire.UserType{
		Username:             wire.Ptr(u.Username),
		Attributes:           shown,
		UserCreateDate:       wire.TimestampOf(u.CreatedAt),
		UserLastModifiedDate: wire.TimestampOf(u.ModifiedAt),
		Enabled:              wire.Ptr(!u.Disabled),
		UserStatus:           wire.Ptr(wire.UserStatusType(u.Status)),
	}
}
