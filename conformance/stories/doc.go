// Package stories plays one story of two users with the clients that
// applications use: the AWS SDK for Go, the AWS command line, boto3 and the AWS
// SDK for JavaScript. It shows that unchanged clients work against a poolhouse,
// see its exceptions as their own types, and read its very texts.
//
// It owns the scripts of the story, one for each client, which are all the same
// story step by step. What the operations do beyond it is for package
// conformance.
//
// A client that is missing on the machine is skipped, unless
// POOLHOUSE_REQUIRE_CLIENTS is 1. Start with stories_test.go, then read the
// story in story_test.go or in the language that you like best.
package stories
