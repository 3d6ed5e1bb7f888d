// Command poolhouse runs Amazon Cognito user pools on your own machine.
//
// It owns the command line: which commands there are, how their settings are
// read, what is printed to whom, and the exit code, which is 0 for success, 1
// for a failure while running and 2 for a command line or setting that is
// wrong. The first SIGINT or SIGTERM asks the running command to finish; the
// second ends the process at once.
//
// It does nothing else itself: main.go hands the functions that do the work to
// run as a Runner. Start there, then cli.go.
package main
