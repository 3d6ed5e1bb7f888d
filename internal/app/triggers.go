package app

import (
	"fmt"
	"log/slog"

	"poolhouse.dev/internal/config"
	"poolhouse.dev/internal/envelope"
	"poolhouse.dev/internal/envelope/awskms"
	"poolhouse.dev/internal/trigger"
	"poolhouse.dev/internal/trigger/awslambda"
	"poolhouse.dev/internal/trigger/httpfn"
)

// newTriggers returns the caller of the functions that pools name, where the
// configuration says they are.
func newTriggers(c config.Config, logger *slog.Logger, observe func(trigger, outcome string)) (*trigger.Caller, error) {
	routes := make(trigger.Routes, len(c.Lambda))
	for i, entry := range c.Lambda {
		route, err := trigger.ParseRoute(entry)
		if err != nil {
			return nil, fmt.Errorf("--lambda: %w", err)
		}
		routes[i].Route = route
		if route.Target.API {
			routes[i].Function = awslambda.New(route.Target.URL)
		} else {
			routes[i].Function = httpfn.New(route.Target.URL)
		}
	}
	return trigger.New(trigger.Config{Function: routes, Logger: logger, Observe: observe}), nil
}

// newKeys returns the keys that codes for senders of pools are encrypted with,
// where the configuration says they are.
func newKeys(c config.Config) (envelope.Keys, error) {
	keys := make(envelope.Keys, len(c.KMS))
	for i, entry := range c.KMS {
		route, err := envelope.ParseRoute(entry)
		if err != nil {
			return nil, fmt.Errorf("--kms: %w", err)
		}
		keys[i].Route = route
		if route.Target.Path == "" {
			keys[i].Key = awskms.New(route.Target.Endpoint)
			continue
		}
		if keys[i].Key, err = envelope.ReadLocalKey(route.Target.Path); err != nil {
			return nil, fmt.Errorf("--kms: %w", err)
		}
	}
	return keys, nil
}
