// Package threats has the operations of threat protection: what pools do about risky
// sign-ins, the history of what was tried with a user's account, and what people say
// about it. The judging itself is in package guard.
package threats
