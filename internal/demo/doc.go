// Package demo plays one user's way through a poolhouse for somebody who wants
// to see it: sign-up, sign-in, a change of the profile and of the e-mail
// address, and the two refusals that matter most.
//
// It owns a server that lives as long as the story, the story itself, told
// through the public API with the AWS SDK, and its telling. It knows nothing of
// the server's inside, and every step checks what came back, so that the demo
// is also a proof.
//
// Start with [Run], then read the story from story.go.
package demo
