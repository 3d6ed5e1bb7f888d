// Command bench measures poolhouse against a bare HTTP server and against the
// cost of its cryptography, and prints one table. docs/performance.md tells the
// method and the targets.
//
//	go run ./bench                                  # everything, more than an hour
//	go run ./bench -users 50000 -pair 1s -pairs 3 -mixed 20s
//	go run ./bench -only 'Update' -engines sqlite -profile /tmp/profiles
//
// The servers are processes of their own, the bare one a child of this program
// and poolhouse the ordinary binary; this process only drives. Machines are
// noisy, so every figure is a quotient of two loads that ran one after the
// other, and the median of several such pairs.
//
// It judges no behaviour: that is what tests are for, and a slow run fails
// nothing. Start with main.go, then rows.go.
package main
