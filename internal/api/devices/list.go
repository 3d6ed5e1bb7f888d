package devices

import (
	"context"
	"errors"

	"poolhouse.dev/internal/fault"
	"poolhouse.dev/internal/paging"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/user"
	"poolhouse.dev/internal/wire"
)

// largestPage is the most devices of a page.
const largestPage = 60

// shown is a device as the API shows it.
func shown(d *user.Device) wire.DeviceType {
	status := "not_remembered"
	if d.Remembered {
		status = "remembered"
	}
	attributes := []wire.AttributeType{{Name: wire.Ptr("device_status"), Value: wire.Ptr("valid")}}
	if d.Name != "" {
		attributes = append(attributes, wire.AttributeType{Name: wire.Ptr("device_name"), Value: &d.Name})
	}
	attributes = append(attributes, wire.AttributeType{Name: wire.Ptr("dev:device_remembered_status"), Value: &status})
	if d.LastIP != "" {
		attributes = append(attributes, wire.AttributeType{Name: wire.Ptr("last_ip_used"), Value: &d.LastIP})
	}
	return wire.DeviceType{
		DeviceKey: &d.Key, DeviceAttributes: attributes, DeviceCreateDate: wire.TimestampOf(d.CreatedAt),
		DeviceLastModifiedDate: wire.TimestampOf(d.ModifiedAt), DeviceLastAuthenticatedDate: wire.TimestampOf(d.UsedAt),
	}
}

// read reads a device of a user.
func (a *API) read(ctx context.Context, u *user.User, key *string) (*wire.DeviceType, error) {
	n := named{key: wire.Deref(key)}
	if err := a.Store.Read(ctx, n.fresh(u.Sub, u.PoolID)...); err != nil {
		return nil, err
	}
	if err := n.existing(); err != nil {
		return nil, err
	}
	d := shown(n.device)
	return &d, nil
}

// owner returns the user whose devices an administrator reads. The operations that read
// do not model UserNotFoundException, unlike those that change.
func (a *API) owner(ctx context.Context, poolID, username *string) (*user.User, error) {
	p, u, err := a.Subjects.SeenNamed(ctx, pool.ID(*poolID), *username)
	if errors.Is(err, fault.UserNotFound("")) {
		return nil, fault.ResourceNotFoundf("User does not exist.")
	}
	if err != nil {
		return nil, err
	}
	return u, tracked(p)
}

// GetDevice returns a device of the user whose access token is given.
func (a *API) GetDevice(ctx context.Context, in *wire.GetDeviceRequest) (*wire.GetDeviceResponse, error) {
	if in.AccessToken == nil {
		return nil, fault.InvalidParameter("Missing required parameter AccessToken")
	}
	g, err := a.Subjects.Seen(ctx, *in.AccessToken)
	if err != nil {
		return nil, err
	}
	if err := tracked(g.Pool); err != nil {
		return nil, err
	}
	d, err := a.read(ctx, g.User, in.DeviceKey)
	if err != nil {
		return nil, err
	}
	return &wire.GetDeviceResponse{Device: d}, nil
}

// AdminGetDevice is GetDevice for an administrator.
func (a *API) AdminGetDevice(ctx context.Context, in *wire.AdminGetDeviceRequest) (*wire.AdminGetDeviceResponse, error) {
	u, err := a.owner(ctx, in.UserPoolId, in.Username)
	if err != nil {
		return nil, err
	}
	d, err := a.read(ctx, u, in.DeviceKey)
	if err != nil {
		return nil, err
	}
	return &wire.AdminGetDeviceResponse{Device: d}, nil
}

// ListDevices returns a page of the devices of the user whose access token is given.
func (a *API) ListDevices(ctx context.Context, in *wire.ListDevicesRequest) (*wire.ListDevicesResponse, error) {
	g, err := a.Subjects.Seen(ctx, *in.AccessToken)
	if err != nil {
		return nil, err
	}
	if err := tracked(g.Pool); err != nil {
		return nil, err
	}
	list, next, err := a.page(ctx, "ListDevices", g.User, in.Limit, in.PaginationToken)
	if err != nil {
		return nil, err
	}
	return &wire.ListDevicesResponse{Devices: list, PaginationToken: next}, nil
}

// AdminListDevices is ListDevices for an administrator.
func (a *API) AdminListDevices(ctx context.Context, in *wire.AdminListDevicesRequest) (*wire.AdminListDevicesResponse, error) {
	u, err := a.owner(ctx, in.UserPoolId, in.Username)
	if err != nil {
		return nil, err
	}
	list, next, err := a.page(ctx, "AdminListDevices", u, in.Limit, in.PaginationToken)
	if err != nil {
		return nil, err
	}
	return &wire.AdminListDevicesResponse{Devices: list, PaginationToken: next}, nil
}

func (a *API) page(ctx context.Context, operation string, u *user.User, limit *int32, text *string) ([]wire.DeviceType, *string, error) {
	q := store.Query{Table: user.TableDevices, Equal: []store.Term{{Column: "pool_id", Value: string(u.PoolID)}, {Column: "sub", Value: string(u.Sub)}}}
	rows, next, err := a.Lists.List(ctx, paging.Page{Operation: operation, Of: u.RowKey().String(), Query: q, Size: limit, Largest: largestPage, Token: text})
	if err != nil {
		return nil, nil, err
	}
	list := make([]wire.DeviceType, len(rows))
	for i, r := range rows {
		list[i] = shown(r.(*user.Device))
	}
	return list, next, nil
}
