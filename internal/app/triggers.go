package app

import (
	"fmt"
	"log/slog"

	"poolhouse.dev/internal/config"
	"poolhouse.dev/internal/envelope"
	"poolhouse.dev/internal/envelope/awskms"
	"poolhouse.dev/internal/outbound"
	"poolhouse.dev/internal/trigger"
	"poolhouse.dev/internal/trigger/awslambda"
	"poolhouse.dev/internal/trigger/httpfn"
)

// newTriggers returns the caller of the functions that pools name, where the
// configuration says they are.
func newTriggers(c config.Config, policy *outbound.Policy, logger *slog.Logger, observe func(trigger, outcome string)) (*trigger.Caller, error) {
	routes := make(trigger.Routes, len(c.Lambda))
	for i, entry := range c.Lambda {
		route, err := trigger.ParseRoute(entry)
		if err != nil {
			return nil, fmt.Errorf("--lambda: %w", err)
		}
		routes[i].Route = route
		if routes[i].Function, err = newFunction(policy, route.Target); err != nil {
			return nil, err
		}
	}
	return trigger.New(trigger.Config{Function: routes, Logger: logger, Observe: observe}), nil
}

// newKeys returns the keys that codes for senders of pools are encrypted with,
// where the configuration says they are.
func newKeys(c config.Config, policy *outbound.Policy) (envelope.Keys, error) {
	keys := make(envelope.Keys, len(c.KMS))
	for i, entry := range c.KMS {
		route, err := envelope.ParseRoute(entry)
		if err != nil {
			return nil, fmt.Errorf("--kms: %w", err)
		}
		keys[i].Route = route
		if route.Target.Path == "" {
			named, err := namingAWS(policy, "--kms", route.Target.Endpoint)
			if err != nil {
				return nil, err
			}
			keys[i].Key = awskms.New(route.Target.Endpoint, named.Client(outbound.Limits{}))
			continue
		}
		if keys[i].Key, err = envelope.ReadLocalKey(route.Target.Path); err != nil {
			return nil, fmt.Errorf("--kms: %w", err)
		}
	}
	return keys, nil
}

func newFunction(policy *outbound.Policy, target trigger.Target) (trigger.Function, error) {
	const setting = "--lambda"
	if target.API {
		named, err := namingAWS(policy, setting, target.URL)
		if err != nil {
			return nil, err
		}
		return awslambda.New(target.URL, named.Client(functionLimits)), nil
	}
	named, err := namingURL(policy, setting, target.URL)
	if err != nil {
		return nil, err
	}
	return httpfn.New(target.URL, named.Client(functionLimits)), nil
}
