// Package signup has the operations by which people come into a pool by
// themselves: SignUp, ConfirmSignUp, ResendConfirmationCode, and
// AdminConfirmSignUp, which confirms them without a code.
//
// As in Cognito a user exists before the code is sent, and stays, unconfirmed,
// when it cannot be delivered; another code can be asked for. User and first
// code are two commits.
package signup
