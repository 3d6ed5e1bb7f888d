package app

import (
	"fmt"
	"log/slog"

	"poolhouse.dev/internal/config"
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
