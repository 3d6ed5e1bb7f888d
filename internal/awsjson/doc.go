// Package awsjson is the front end of the API: the awsJson1_1 protocol over
// HTTP. It finds the operation by the X-Amz-Target header, reads and decodes
// the body, has a signature verified where the operation needs one, checks the
// constraints of the model, calls the handler and writes what came of it, a
// response or an error, with the headers that SDKs and browsers rely on.
//
// It holds no behaviour of any operation. How signatures are verified and how
// rates are limited is handed in with [Config]. Nothing of a request but its
// operation and its id is ever logged.
//
// Start with server.go; decode.go reads bodies and says what is refused,
// encode.go and response.go write answers, cors.go is for browsers.
package awsjson
