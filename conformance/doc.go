// Package conformance is the black-box suite: it speaks to a running poolhouse
// over HTTP, with the AWS SDK and with exact bytes, and holds its answers
// against what Amazon Cognito answers. It knows nothing of the inside.
//
// Every test runs on every engine. With POOLHOUSE_CONFORMANCE_URL it runs
// against any server.
package conformance
