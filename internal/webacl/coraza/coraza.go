// Package coraza judges requests by OWASP Coraza: rules in the language of
// ModSecurity, such as the OWASP Core Rule Set, from a file of directives. It is an
// inspector of package webacl, for those who ask for it; these rules take
// milliseconds for each request.
package coraza

import (
	"errors"
	"fmt"

	coraza "github.com/corazawaf/coraza/v3"
	"github.com/corazawaf/coraza/v3/types"

	"poolhouse.dev/internal/webacl"
)

// Inspector judges by one file of directives. It is safe for concurrent use.
type Inspector struct{ waf coraza.WAF }

// New reads a file of directives. It has to say `SecRuleEngine On`, and
// `SecRequestBodyAccess On` for rules that look at bodies; Coraza's own defaults
// are to look and not to block.
func New(path string) (*Inspector, error) {
	if path == "" {
		return nil, errors.New("name a file of directives")
	}
	waf, err := coraza.NewWAF(coraza.NewWAFConfig().WithDirectivesFromFile(path))
	if err != nil {
		return nil, fmt.Errorf("reading directives: %w", err)
	}
	i := &Inspector{waf}
	if tx := waf.NewTransaction(); tx.IsRuleEngineOff() {
		return nil, errors.Join(fmt.Errorf("%s switches its rules off; write SecRuleEngine On", path), tx.Close())
	}
	return i, nil
}

// Inspect implements webacl.Inspector: the phases of a request's headers and of its
// body.
func (i *Inspector) Inspect(r webacl.Request) (block bool, err error) {
	tx := i.waf.NewTransaction()
	defer func() {
		tx.ProcessLogging()
		err = errors.Join(err, tx.Close())
	}()
	uri := r.Path
	if r.Query != "" {
		uri += "?" + r.Query
	}
	tx.ProcessConnection(r.Addr.String(), 0, "", 0)
	tx.ProcessURI(uri, r.Method, "HTTP/1.1")
	for name, values := range r.Header {
		for _, value := range values {
			tx.AddRequestHeader(name, value)
		}
	}
	for _, host := range r.Header["Host"] {
		tx.SetServerName(host)
	}
	if stops(tx.ProcessRequestHeaders()) {
		return true, nil
	}
	if tx.IsRequestBodyAccessible() && len(r.Body) > 0 {
		stop, _, err := tx.WriteRequestBody(r.Body)
		if err != nil || stops(stop) {
			return true, err
		}
	}
	stop, err := tx.ProcessRequestBody()
	return stops(stop), err
}

// stops reports whether an interruption ends a request; one that allows does not.
func stops(i *types.Interruption) bool { return i != nil && i.Action != "allow" }
