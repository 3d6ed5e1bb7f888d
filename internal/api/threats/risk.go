package threats

import (
	"context"

	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/wire"
)

// place returns the pool, and the row of its configuration or of that of one of its
// clients, and counts the call. The faults are those of pool, and
// ResourceNotFoundException for the client.
func (a *API) place(ctx context.Context, operation string, poolID, clientID *string) (*pool.Pool, *pool.RiskConfiguration, error) {
	p, err := a.pool(ctx, poolID)
	if err != nil {
		return nil, nil, err
	}
	if err := a.AllowPool(ctx, operation, string(p.ID)); err != nil {
		return nil, nil, err
	}
	row := &pool.RiskConfiguration{PoolID: p.ID}
	if clientID != nil {
		row.ClientID = pool.ClientID(*clientID)
		if _, err := a.Directory.ClientOf(ctx, p.ID, row.ClientID); err != nil {
			return nil, nil, err
		}
	}
	return p, row, nil
}

// SetRiskConfiguration replaces the configuration of a pool, or of one of its clients,
// as a whole: a section that is left out is not configured. One without any section
// deletes it; the pool is back at the defaults then, and the client at what the pool
// has. Nothing is asked of SES: whether an identity may be used shows when it sends.
// The faults are those of place, and InvalidParameterException.
func (a *API) SetRiskConfiguration(ctx context.Context, in *wire.SetRiskConfigurationRequest) (*wire.SetRiskConfigurationResponse, error) {
	var row *pool.RiskConfiguration
	err := store.Retry(ctx, func(ctx context.Context) error {
		p, found, err := a.place(ctx, "SetRiskConfiguration", in.UserPoolId, in.ClientId)
		if err != nil {
			return err
		}
		row = found
		row.Settings = settingsOf(in)
		if err := row.Check(p.Region); err != nil {
			return err
		}
		set := store.NewChangeSet()
		if row.Settings == (pool.RiskSettings{}) {
			set.Drop(row)
			return a.Store.Commit(ctx, set)
		}
		fresh := &pool.RiskConfiguration{PoolID: row.PoolID, ClientID: row.ClientID}
		if err := a.Store.Read(ctx, fresh); err != nil {
			return err
		}
		row.Stamp, row.ModifiedAt = fresh.Stamp, a.Now()
		set.Put(row)
		set.Expect(p)
		return a.Store.Commit(ctx, set)
	})
	if err != nil {
		return nil, err
	}
	return &wire.SetRiskConfigurationResponse{RiskConfiguration: shown(row)}, nil
}

// DescribeRiskConfiguration returns the configuration of a pool, or of one of its
// clients; one that was never set has no sections. The faults are those of place.
func (a *API) DescribeRiskConfiguration(ctx context.Context, in *wire.DescribeRiskConfigurationRequest) (*wire.DescribeRiskConfigurationResponse, error) {
	_, row, err := a.place(ctx, "DescribeRiskConfiguration", in.UserPoolId, in.ClientId)
	if err != nil {
		return nil, err
	}
	if err := a.Store.Read(ctx, row); err != nil {
		return nil, err
	}
	return &wire.DescribeRiskConfigurationResponse{RiskConfiguration: shown(row)}, nil
}
