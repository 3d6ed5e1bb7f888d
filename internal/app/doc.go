// Package app is the only place where the parts are put together: from a
// configuration to engines, operations and servers. It starts them in order,
// says when they are ready, and stops them without losing what was
// acknowledged.
//
// Start with [Start]; handlers.go lists the operations that are built.
package app
