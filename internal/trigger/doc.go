// Package trigger calls the functions of a pool's LambdaConfig and judges what
// they answer. It owns the events, in the form that functions written for
// Cognito expect, the limits of a call, the routes that say where a function is,
// and the exceptions that a failing one causes.
//
// It decides nothing about users, keeps nothing, and logs nothing of an event:
// ClientMetadata in particular is neither stored nor logged. Its subpackages
// reach functions: httpfn by plain HTTP, awslambda through the AWS Lambda API.
//
// Start with [Caller].
package trigger
