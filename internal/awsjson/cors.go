package awsjson

import (
	"cmp"
	"net/http"
)

const (
	exposedHeaders = "x-amzn-RequestId,x-amzn-ErrorType,x-amzn-ErrorMessage,Date"
	// usualHeaders is what SDKs in browsers send, for a preflight that asks
	// for nothing in particular.
	usualHeaders = "content-type,x-amz-target,x-amz-user-agent,cache-control,authorization,x-amz-date," +
		"x-amz-security-token,x-amz-content-sha256,amz-sdk-invocation-id,amz-sdk-request"
)

// commonHeaders sets the headers of every answer. Those for browsers are sent
// to browsers only, and only where operations are called: what else this server
// answers is not for the pages of other origins. The keys that are not canonical
// go out as they are, which is how the service spells them.
func (x *exchange) commonHeaders() {
	h := x.w.Header()
	h["x-amzn-RequestId"] = []string{x.id}
	isCall := x.r.URL.Path == "/" && (x.r.Method == http.MethodPost || x.r.Method == http.MethodOptions)
	if isCall && x.r.Header.Get("Origin") != "" {
		h["Access-Control-Allow-Origin"] = []string{"*"}
		h["Access-Control-Expose-Headers"] = []string{exposedHeaders}
	}
}

// preflight allows whatever a browser asks for: the operations judge the call
// itself, and no cookie takes part in it.
func (x *exchange) preflight() {
	h := x.w.Header()
	if x.r.Header.Get("Origin") != "" {
		h.Set("Access-Control-Allow-Methods", cmp.Or(x.r.Header.Get("Access-Control-Request-Method"), http.MethodPost))
		h.Set("Access-Control-Allow-Headers", cmp.Or(x.r.Header.Get("Access-Control-Request-Headers"), usualHeaders))
		h.Set("Access-Control-Max-Age", "172800")
	}
	h.Set("Content-Length", "0")
	x.w.WriteHeader(http.StatusOK)
}
