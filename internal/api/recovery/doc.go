// Package recovery has the operations by which a password that is lost, or that
// an administrator voids, is replaced: ForgotPassword, ConfirmForgotPassword and
// AdminResetUserPassword.
//
// A code goes to a verified address or number of the user, never to one that is
// pending. It proves who asks, and nothing else; it is bound to this purpose.
// Sign-ins that exist stay, as in Cognito.
package recovery
