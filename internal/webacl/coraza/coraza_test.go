package coraza_test

import (
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"poolhouse.dev/internal/webacl"
	"poolhouse.dev/internal/webacl/coraza"
)

const directives = `
SecRuleEngine On
SecRequestBodyAccess On
SecRule REQUEST_HEADERS:X-Scanner "@streq yes" "id:1,phase:1,deny,status:403"
SecRule REQUEST_HEADERS:X-Friend "@streq yes" "id:2,phase:1,allow"
SecRule REMOTE_ADDR "@ipMatch 203.0.113.0/24" "id:3,phase:1,deny"
SecRule REQUEST_HEADERS:Content-Type "@beginsWith application/x-amz-json" "id:4,phase:1,pass,nolog,ctl:requestBodyProcessor=JSON"
SecRule ARGS "@contains <script" "id:5,phase:2,deny"
SecRule REQUEST_URI "@contains /etc/passwd" "id:6,phase:1,deny"
SecRule SERVER_NAME "@streq bad.example" "id:7,phase:1,deny"
`

func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "rules.conf")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestInspect(t *testing.T) {
	i, err := coraza.New(write(t, directives))
	if err != nil {
		t.Fatal(err)
	}
	base := func(change func(r *webacl.Request)) webacl.Request {
		r := webacl.Request{
			Addr: netip.MustParseAddr("192.0.2.1"), Method: "POST", Path: "/",
			Header: map[string][]string{"Content-Type": {"application/x-amz-json-1.1"}, "Host": {"id.example"}},
			Body:   []byte(`{"ClientId":"x","UserAttributes":[{"Name":"name","Value":"Ann"}]}`),
		}
		change(&r)
		return r
	}
	var all sync.WaitGroup
	for name, c := range map[string]struct {
		change func(r *webacl.Request)
		block  bool
	}{
		"as usual":         {func(*webacl.Request) {}, false},
		"a header":         {func(r *webacl.Request) { r.Header["X-Scanner"] = []string{"yes"} }, true},
		"a second value":   {func(r *webacl.Request) { r.Header["X-Scanner"] = []string{"no", "yes"} }, true},
		"one that allows":  {func(r *webacl.Request) { r.Header["X-Friend"] = []string{"yes"} }, false},
		"the address":      {func(r *webacl.Request) { r.Addr = netip.MustParseAddr("203.0.113.9") }, true},
		"the query":        {func(r *webacl.Request) { r.Query = "f=/etc/passwd" }, true},
		"the host":         {func(r *webacl.Request) { r.Header["Host"] = []string{"bad.example"} }, true},
		"a value in JSON":  {func(r *webacl.Request) { r.Body = []byte(`{"A":[{"Value":"<scr` + `ipt>"}]}`) }, true},
		"escaped in JSON":  {func(r *webacl.Request) { r.Body = []byte(`{"A":"\u003cscript>"}`) }, true},
		"no body, no type": {func(r *webacl.Request) { r.Body, r.Header = nil, nil }, false},
	} {
		all.Go(func() {
			block, err := i.Inspect(base(c.change))
			if err != nil || block != c.block {
				t.Errorf("%s: block %v, %v", name, block, err)
			}
		})
	}
	all.Wait()
}

func TestDirectivesThatCannotBeUsed(t *testing.T) {
	for name, c := range map[string]struct{ path, want string }{
		"no file":       {"", "name a file"},
		"not there":     {filepath.Join(t.TempDir(), "none.conf"), "none.conf"},
		"no directives": {write(t, "SecRuul x"), "SecRuul"},
		"switched off":  {write(t, "SecRuleEngine Off"), "write SecRuleEngine On"},
	} {
		if _, err := coraza.New(c.path); err == nil || !strings.Contains(strings.ToLower(err.Error()), strings.ToLower(c.want)) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
