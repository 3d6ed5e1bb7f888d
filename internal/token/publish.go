package token

import (
	"context"
	"fmt"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-json-experiment/json"
	"poolhouse.dev/internal/directory"
	"poolhouse.dev/internal/pool"
)

// Publisher makes the two public documents of a pool that let others verify
// its tokens. It is safe for concurrent use.
type Publisher struct{ config PublisherConfig }

// PublisherConfig names what a Publisher needs.
type PublisherConfig struct {
	Directory *directory.Directory
	Keys      *Keys
	// PublicURL is the same as the Issuer's.
	PublicURL string
}

// NewPublisher returns a Publisher.
func NewPublisher(c PublisherConfig) *Publisher { return &Publisher{config: c} }

// JWKS returns the pool's JSON Web Key Set, what the service answers at
// /<pool id>/.well-known/jwks.json. The fault is ResourceNotFoundException.
func (p *Publisher) JWKS(ctx context.Context, id pool.ID) ([]byte, error) {
	if _, err := p.config.Directory.Pool(ctx, id); err != nil {
		return nil, err
	}
	keys, err := p.config.Keys.load(ctx, id)
	if err != nil {
		return nil, err
	}
	set := jose.JSONWebKeySet{Keys: make([]jose.JSONWebKey, 0, len(keys))}
	for _, k := range keys {
		set.Keys = append(set.Keys, jose.JSONWebKey{
			Key: k.public, KeyID: k.row.KID, Algorithm: string(jose.RS256), Use: "sig",
		})
	}
	doc, err := json.Marshal(set)
	if err != nil {
		return nil, fmt.Errorf("encoding the keys of pool %s: %w", id, err)
	}
	return doc, nil
}

// discovery is the document at /<pool id>/.well-known/openid-configuration.
type discovery struct {
	SigningAlgs   []string `json:"id_token_signing_alg_values_supported"`
	Issuer        string   `json:"issuer"`
	KeysURL       string   `json:"jwks_uri"`
	ResponseTypes []string `json:"response_types_supported"`
	Scopes        []string `json:"scopes_supported"`
	SubjectTypes  []string `json:"subject_types_supported"`
	AuthMethods   []string `json:"token_endpoint_auth_methods_supported"`
}

// Discovery returns the pool's OpenID configuration. It names no endpoint that
// the server does not have: a pool without a domain has an issuer and keys. The
// fault is ResourceNotFoundException.
func (p *Publisher) Discovery(ctx context.Context, id pool.ID) ([]byte, error) {
	if _, err := p.config.Directory.Pool(ctx, id); err != nil {
		return nil, err
	}
	issuer := IssuerOf(p.config.PublicURL, id)
	doc, err := json.Marshal(discovery{
		SigningAlgs:   []string{string(jose.RS256)},
		Issuer:        issuer,
		KeysURL:       issuer + "/.well-known/jwks.json",
		ResponseTypes: []string{"code", "token"},
		Scopes:        []string{"openid", "email", "phone", "profile"},
		SubjectTypes:  []string{"public"},
		AuthMethods:   []string{"client_secret_basic", "client_secret_post"},
	})
	if err != nil {
		return nil, fmt.Errorf("encoding the configuration of pool %s: %w", id, err)
	}
	return doc, nil
}
