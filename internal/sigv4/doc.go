// Package sigv4 verifies AWS Signature Version 4 on incoming requests: that
// the holder of a known access key signed this request, for this service and
// Region, now, and that nothing the signature covers was changed on the way.
//
// It owns the Authorization header, the canonical request, the signing key and
// the faults a client gets for each failure. It does not know where access
// keys are kept (the caller hands in a lookup), which operations need a
// signature, or what a signer may do: that is the IAM policy's matter.
// Presigned URLs are not accepted; no client of this API sends them.
//
// Beyond what the algorithm itself asks for, a request must sign Host, its
// date and, when it has one, X-Amz-Target: the target selects the operation,
// so an unsigned one would let a recorded read be replayed as a delete.
//
// Start with [Verifier.Verify], which lists the checks in their order.
// authorization.go takes the header apart, checks.go judges date and scope,
// canonical.go rebuilds the text that was signed, key.go derives
// the key, faults.go has the answers.
package sigv4
