// Package devices has the operations on the devices that users sign in from. What a
// remembered device means at a sign-in is for package signin.
package devices
