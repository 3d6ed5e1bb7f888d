// Package threat judges how likely an attempt to sign in is somebody else's than the
// user's, by rules that are written down here, and says what a pool does about it.
// Cognito's own rules are not published; these are poolhouse's.
//
// An attempt is compared with the user's past sign-ins. Each rule that finds
// something adds its weight; the sum is a level of risk, and the pool's
// configuration has an action for each level. It has no store, no clock and no
// network: the same input gives the same assessment.
//
// Start with [Assess]; the weights are in weights.go and the rules in rules.go.
package threat
