package pools

import (
	"context"

	"poolhouse.dev/internal/fault"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/wire"
)

// textNoReplicas says why a pool gets none. The service's own text is not known.
const textNoReplicas = "Replicas of user pools are not enabled: this installation is one Region to its pools. Several nodes over one database take the place of replicas."

// ListUserPoolReplicas returns the pool itself, as the primary: it has no others.
func (a *API) ListUserPoolReplicas(ctx context.Context, in *wire.ListUserPoolReplicasRequest) (*wire.ListUserPoolReplicasResponse, error) {
	p, err := a.Directory.Pool(ctx, pool.ID(*in.UserPoolId))
	if err != nil {
		return nil, err
	}
	if in.NextToken != nil {
		return nil, fault.InvalidParameter("Invalid NextToken: the list has one page.")
	}
	return &wire.ListUserPoolReplicasResponse{UserPoolReplicas: []wire.UserPoolReplicaType{{
		RegionName: wire.Ptr(p.Region), Status: wire.Ptr(wire.ReplicaStatusType("ACTIVE")), Role: wire.Ptr(wire.ReplicaRoleType("PRIMARY")), UserPoolArn: wire.Ptr(p.ARN()),
	}}}, nil
}

// CreateUserPoolReplica refuses: there are no replicas.
func (a *API) CreateUserPoolReplica(ctx context.Context, in *wire.CreateUserPoolReplicaRequest) (*wire.CreateUserPoolReplicaResponse, error) {
	return nil, a.refuseReplica(ctx, in.UserPoolId)
}

// UpdateUserPoolReplica refuses: there are no replicas.
func (a *API) UpdateUserPoolReplica(ctx context.Context, in *wire.UpdateUserPoolReplicaRequest) (*wire.UpdateUserPoolReplicaResponse, error) {
	return nil, a.refuseReplica(ctx, in.UserPoolId)
}

// DeleteUserPoolReplica refuses: there are no replicas.
func (a *API) DeleteUserPoolReplica(ctx context.Context, in *wire.DeleteUserPoolReplicaRequest) (*wire.DeleteUserPoolReplicaResponse, error) {
	return nil, a.refuseReplica(ctx, in.UserPoolId)
}

func (a *API) refuseReplica(ctx context.Context, id *string) error {
	if _, err := a.Directory.Pool(ctx, pool.ID(*id)); err != nil {
		return err
	}
	return fault.OperationNotEnabled(textNoReplicas)
}
