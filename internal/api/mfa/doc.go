// Package mfa has the operations on second factors: of users, who set them up and choose
// among them, and of pools, which offer them. What they mean at a sign-in is for package
// signin.
package mfa
