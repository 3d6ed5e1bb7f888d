package webacl_test

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"poolhouse.dev/internal/webacl"
)

const poolID = "us-east-1_Abc123"

// inspector blocks, or fails, as it is told.
type inspector struct {
	block bool
	err   error
}

func (i inspector) Inspect(webacl.Request) (bool, error) { return i.block, i.err }

type clock struct{ at atomic.Int64 }

func (c *clock) now() time.Time          { return time.Unix(0, c.at.Load()) }
func (c *clock) advance(d time.Duration) { c.at.Add(int64(d)) }

func newClock() *clock {
	c := &clock{}
	c.at.Store(time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC).UnixNano())
	return c
}

// parse reads a file with one web ACL for the pool, of which members are given.
func parse(t *testing.T, c *clock, members string) *webacl.ACL {
	t.Helper()
	s, err := webacl.Parse([]byte(`{"IPSets":[
		{"Name":"office","ARN":"arn:aws:wafv2:us-east-1:000000000000:regional/ipset/office/1","IPAddressVersion":"IPV4","Addresses":["192.0.2.0/24","2001:db8::/32"]}],
		"WebACLs":[{"Name":"test","UserPools":["`+poolID+`"],`+members+`}]}`), webacl.Options{Now: c.now, Inspectors: inspect})
	if err != nil {
		t.Fatal(err)
	}
	return s.Of(poolID)
}

func inspect(path string) (webacl.Inspector, error) {
	switch path {
	case "blocks":
		return inspector{block: true}, nil
	case "fails":
		return inspector{err: errors.New("broken")}, nil
	case "passes":
		return inspector{}, nil
	}
	return nil, errors.New("no such file")
}

const none = `"TextTransformations":[{"Priority":0,"Type":"NONE"}]`

// byHeader matches a header exactly.
func byHeader(name, value string) string {
	return fmt.Sprintf(`{"ByteMatchStatement":{"SearchString":%q,"FieldToMatch":{"SingleHeader":{"Name":%q}},`+none+`,"PositionalConstraint":"EXACTLY"}}`, value, name)
}

func request(change func(r *webacl.Request)) webacl.Request {
	r := webacl.Request{
		Addr: netip.MustParseAddr("198.51.100.7"), Method: "POST", Path: "/", Query: "a=1",
		Header: map[string][]string{"User-Agent": {"aws-cli/2"}, "X-Two": {"one", "two words here"}, "Host": {"id.example"}},
		Body:   []byte(`{"ClientId":"abc"}`),
	}
	if change != nil {
		change(&r)
	}
	return r
}

func TestStatements(t *testing.T) {
	match := func(kind, search, field, transforms string) string {
		return `{"ByteMatchStatement":{"SearchString":"` + search + `","FieldToMatch":{` + field + `},"TextTransformations":[` + transforms + `],"PositionalConstraint":"` + kind + `"}}`
	}
	const plain, agent, two = `{"Priority":0,"Type":"NONE"}`, `"SingleHeader":{"Name":"user-agent"}`, `"SingleHeader":{"Name":"X-Two"}`
	from := func(addr string) func(*webacl.Request) {
		return func(r *webacl.Request) { r.Addr = netip.MustParseAddr(addr) }
	}
	office := `{"IPSetReferenceStatement":{"ARN":"office"}}`
	for name, c := range map[string]struct {
		statement string
		change    func(*webacl.Request)
		want      bool
	}{
		"IP set by name":               {office, from("192.0.2.77"), true},
		"IP set by ARN":                {`{"IPSetReferenceStatement":{"ARN":"arn:aws:wafv2:us-east-1:000000000000:regional/ipset/office/1"}}`, from("192.0.2.77"), true},
		"IP set, another address":      {office, nil, false},
		"IP set, version 6":            {office, from("2001:db8:1::1"), true},
		"IP set, 4 in 6":               {office, from("::ffff:192.0.2.1"), true},
		"IP set, no address":           {office, func(r *webacl.Request) { r.Addr = netip.Addr{} }, false},
		"exactly":                      {match("EXACTLY", "aws-cli/2", agent, plain), nil, true},
		"exactly, case":                {match("EXACTLY", "AWS-cli/2", agent, plain), nil, false},
		"starts":                       {match("STARTS_WITH", "aws", agent, plain), nil, true},
		"starts, elsewhere":            {match("STARTS_WITH", "cli", agent, plain), nil, false},
		"ends":                         {match("ENDS_WITH", "/2", agent, plain), nil, true},
		"contains":                     {match("CONTAINS", "ws-c", agent, plain), nil, true},
		"word":                         {match("CONTAINS_WORD", "words", two, plain), nil, true},
		"half a word":                  {match("CONTAINS_WORD", "word", two, plain), nil, false},
		"word at the end":              {match("CONTAINS_WORD", "here", two, plain), nil, true},
		"a later value":                {match("STARTS_WITH", "two", two, plain), nil, true},
		"no such header":               {match("CONTAINS", "x", `"SingleHeader":{"Name":"X-None"}`, plain), nil, false},
		"host":                         {match("EXACTLY", "id.example", `"SingleHeader":{"Name":"host"}`, plain), nil, true},
		"path":                         {match("STARTS_WITH", "/confirm", `"UriPath":{}`, plain), func(r *webacl.Request) { r.Path = "/confirmUser/" }, true},
		"query":                        {match("EXACTLY", "a=1", `"QueryString":{}`, plain), nil, true},
		"method":                       {match("EXACTLY", "POST", `"Method":{}`, plain), nil, true},
		"body":                         {match("CONTAINS", "abc", `"Body":{"OversizeHandling":"CONTINUE"}`, plain), nil, true},
		"lower case":                   {match("EXACTLY", "post", `"Method":{}`, `{"Priority":0,"Type":"LOWERCASE"}`), nil, true},
		"decoded":                      {match("CONTAINS", "<b c>", `"QueryString":{}`, `{"Priority":0,"Type":"URL_DECODE"}`), func(r *webacl.Request) { r.Query = "%3cb+c%3E%zz" }, true},
		"badly encoded":                {match("CONTAINS", "%zz%4", `"QueryString":{}`, `{"Priority":0,"Type":"URL_DECODE"}`), func(r *webacl.Request) { r.Query = "%zz%4" }, true},
		"white space":                  {match("EXACTLY", "two words here", two, `{"Priority":0,"Type":"COMPRESS_WHITE_SPACE"}`), func(r *webacl.Request) { r.Header["X-Two"] = []string{"two \t\n words here"} }, true},
		"transformed in order":         {match("EXACTLY", "a b", two, `{"Priority":2,"Type":"COMPRESS_WHITE_SPACE"},{"Priority":1,"Type":"URL_DECODE"}`), func(r *webacl.Request) { r.Header["X-Two"] = []string{"a++%20b"} }, true},
		"regular expression":           {`{"RegexMatchStatement":{"RegexString":"^aws-(cli|sdk)/","FieldToMatch":{` + agent + `},` + none + `}}`, nil, true},
		"regular expression, no match": {`{"RegexMatchStatement":{"RegexString":"^cli","FieldToMatch":{` + agent + `},` + none + `}}`, nil, false},
		"size":                         {`{"SizeConstraintStatement":{"FieldToMatch":{"Body":{}},"ComparisonOperator":"GT","Size":17,` + none + `}}`, nil, true},
		"size, too small":              {`{"SizeConstraintStatement":{"FieldToMatch":{"Body":{}},"ComparisonOperator":"GT","Size":18,` + none + `}}`, nil, false},
		"and":                          {`{"AndStatement":{"Statements":[` + office + `,` + byHeader("User-Agent", "aws-cli/2") + `]}}`, from("192.0.2.1"), true},
		"and, one not":                 {`{"AndStatement":{"Statements":[` + office + `,` + byHeader("User-Agent", "aws-cli/2") + `]}}`, nil, false},
		"or":                           {`{"OrStatement":{"Statements":[` + office + `,` + byHeader("User-Agent", "aws-cli/2") + `]}}`, nil, true},
		"or, neither":                  {`{"OrStatement":{"Statements":[` + office + `,` + byHeader("User-Agent", "x") + `]}}`, nil, false},
		"not":                          {`{"NotStatement":{"Statement":` + office + `}}`, nil, true},
	} {
		t.Run(name, func(t *testing.T) {
			a := parse(t, newClock(), `"DefaultAction":{"Allow":{}},"Rules":[{"Name":"r","Priority":0,"Action":{"Block":{}},"Statement":`+c.statement+`}]`)
			r := request(c.change)
			kept := request(c.change)
			if got := a.Judge(r).Block; got != c.want {
				t.Errorf("blocked: %v, want %v", got, c.want)
			}
			if diff := cmp.Diff(kept, r, cmp.Comparer(func(x, y netip.Addr) bool { return x == y })); diff != "" {
				t.Errorf("the request was changed:\n%s", diff)
			}
		})
	}
}

func TestActions(t *testing.T) {
	rule := func(name string, priority int, action, statement string) string {
		return fmt.Sprintf(`{"Name":%q,"Priority":%d,"Action":%s,"Statement":%s,"VisibilityConfig":{"MetricName":"m"}}`, name, priority, action, statement)
	}
	const allow, block, count = `{"Allow":{}}`, `{"Block":{}}`, `{"Count":{}}`
	all := byHeader("User-Agent", "aws-cli/2")
	bodies := `,"CustomResponseBodies":{"gone":{"ContentType":"APPLICATION_JSON","Content":"{\"sorry\":true}"}}`
	for name, c := range map[string]struct {
		members string
		want    webacl.Verdict
	}{
		"nothing":            {`"DefaultAction":` + allow, webacl.Verdict{}},
		"blocked by default": {`"DefaultAction":` + block, webacl.Verdict{Block: true}},
		"by priority":        {`"DefaultAction":` + allow + `,"Rules":[` + rule("b", 5, block, all) + `,` + rule("a", 2, allow, all) + `]`, webacl.Verdict{}},
		"block first":        {`"DefaultAction":` + allow + `,"Rules":[` + rule("a", 7, allow, all) + `,` + rule("b", -1, block, all) + `]`, webacl.Verdict{Block: true, Rule: "b"}},
		"counting goes on":   {`"DefaultAction":` + allow + `,"Rules":[` + rule("c", 0, count, all) + `,` + rule("b", 1, block, all) + `]`, webacl.Verdict{Block: true, Rule: "b"}},
		"allowed past block": {`"DefaultAction":` + block + `,"Rules":[` + rule("a", 0, allow, all) + `]`, webacl.Verdict{}},
		"captcha":            {`"DefaultAction":` + allow + `,"Rules":[` + rule("p", 0, `{"Captcha":{}}`, all) + `]`, webacl.Verdict{Block: true, Captcha: true, Rule: "p"}},
		"custom answer": {`"DefaultAction":` + allow + bodies + `,"Rules":[` + rule("b", 0, `{"Block":{"CustomResponse":{"ResponseCode":429,"CustomResponseBodyKey":"gone"}}}`, all) + `]`,
			webacl.Verdict{Block: true, Rule: "b", Custom: &webacl.Response{Status: 429, ContentType: "application/json", Body: `{"sorry":true}`}}},
		"custom status": {`"DefaultAction":{"Block":{"CustomResponse":{"ResponseCode":404}}}`, webacl.Verdict{Block: true, Custom: &webacl.Response{Status: 404}}},
		"inspector":     {`"DefaultAction":` + allow + `,"Coraza":{"DirectivesFile":"blocks"}`, webacl.Verdict{Block: true, Rule: "Coraza"}},
		"that fails":    {`"DefaultAction":` + allow + `,"Coraza":{"DirectivesFile":"fails"}`, webacl.Verdict{Block: true, Rule: "Coraza"}},
		"that passes":   {`"DefaultAction":` + block + `,"Coraza":{"DirectivesFile":"passes"}`, webacl.Verdict{Block: true}},
		"not asked":     {`"DefaultAction":` + allow + `,"Coraza":{"DirectivesFile":"blocks"},"Rules":[` + rule("a", 0, allow, all) + `]`, webacl.Verdict{}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, parse(t, newClock(), c.members).Judge(request(nil))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// A rate lets exactly its limit pass, from each sender, however many ask at once,
// and again once the window has slid on.
func TestRates(t *testing.T) {
	c := newClock()
	a := parse(t, c, `"DefaultAction":{"Allow":{}},"Rules":[{"Name":"r","Priority":0,"Action":{"Block":{}},"Statement":{"RateBasedStatement":{
		"Limit":100,"EvaluationWindowSec":60,"AggregateKeyType":"IP","ScopeDownStatement":`+byHeader("X-Counted", "yes")+`}}}]`)
	passed := func(n int, addr, counted string) int {
		var ok atomic.Int64
		var all sync.WaitGroup
		for range n {
			all.Go(func() {
				if !a.Judge(request(func(r *webacl.Request) { r.Addr = netip.MustParseAddr(addr); r.Header["X-Counted"] = []string{counted} })).Block {
					ok.Add(1)
				}
			})
		}
		all.Wait()
		return int(ok.Load())
	}
	for _, step := range []struct {
		what, addr, counted string
		wait                time.Duration
		n, want             int
	}{
		{"first", "198.51.100.1", "yes", 0, 640, 100},
		{"another sender", "198.51.100.2", "yes", 0, 60, 60},
		{"not counted", "198.51.100.1", "no", 0, 300, 300},
		{"half a window later", "198.51.100.1", "yes", 30 * time.Second, 50, 0},
		{"half full", "198.51.100.2", "yes", 0, 60, 40},
		{"the first half has passed", "198.51.100.2", "yes", 31 * time.Second, 60, 40},
		{"a window later", "198.51.100.1", "yes", time.Minute, 120, 100},
		{"a subscriber", "2001:db8:0:1::1", "yes", 0, 100, 100},
		{"the same one", "2001:db8:0:1:ffff::2", "yes", 0, 10, 0},
		{"the next", "2001:db8:0:2::1", "yes", 0, 10, 10},
		{"4 in 6", "::ffff:198.51.100.1", "yes", 0, 10, 0},
	} {
		c.advance(step.wait)
		if got := passed(step.n, step.addr, step.counted); got != step.want {
			t.Errorf("%s: %d pass, want %d", step.what, got, step.want)
		}
	}
}

// One count for all who match.
func TestRateOfAll(t *testing.T) {
	a := parse(t, newClock(), `"DefaultAction":{"Allow":{}},"Rules":[{"Name":"r","Priority":0,"Action":{"Block":{}},"Statement":{"RateBasedStatement":{
		"Limit":10,"AggregateKeyType":"CONSTANT","ScopeDownStatement":`+byHeader("User-Agent", "aws-cli/2")+`}}}]`)
	passed := 0
	for i := range 30 {
		if !a.Judge(request(func(r *webacl.Request) { r.Addr = netip.AddrFrom4([4]byte{10, 0, 0, byte(i)}) })).Block {
			passed++
		}
	}
	if passed != 10 {
		t.Errorf("%d pass, want 10", passed)
	}
}

// More senders than are counted take no more memory, and one who keeps asking is
// seldom forgotten.
func TestManySenders(t *testing.T) {
	a := parse(t, newClock(), `"DefaultAction":{"Allow":{}},"Rules":[{"Name":"r","Priority":0,"Action":{"Block":{}},"Statement":{"RateBasedStatement":{"Limit":10,"AggregateKeyType":"IP"}}}]`)
	for i := range 400_000 {
		r := webacl.Request{Addr: netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)})}
		if a.Judge(r).Block {
			t.Fatal("a sender's first request is blocked")
		}
	}
}

func TestPoolsOfWebACLs(t *testing.T) {
	s, err := webacl.Parse([]byte(`{"WebACLs":[
		{"Name":"one","UserPools":["us-east-1_one","arn:aws:cognito-idp:us-east-1:000000000000:userpool/us-east-1_two"],"DefaultAction":{"Allow":{}}},
		{"Name":"rest","UserPools":["*"],"DefaultAction":{"Block":{}}}]}`), webacl.Options{Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	for id, want := range map[string]string{"us-east-1_one": "one", "us-east-1_two": "one", "us-east-1_three": "rest"} {
		if got := s.Of(id).Name(); got != want {
			t.Errorf("%s has %s, want %s", id, got, want)
		}
	}
	if (*webacl.Set)(nil).Of("us-east-1_one") != nil {
		t.Error("no file has a web ACL")
	}
}

func TestRefusedFiles(t *testing.T) {
	acl := func(members string) string {
		return `{"WebACLs":[{"Name":"a","UserPools":["*"],"DefaultAction":{"Allow":{}},` + members + `}]}`
	}
	rule := func(action, statement string) string {
		return acl(`"Rules":[{"Name":"r","Priority":0,"Action":` + action + `,"Statement":` + statement + `}]`)
	}
	const block = `{"Block":{}}`
	ok := byHeader("A", "b")
	nested := strings.Repeat(`{"NotStatement":{"Statement":`, 12) + ok + strings.Repeat(`}}`, 12)
	for name, c := range map[string]struct{ text, want string }{
		"no JSON":               {`{`, "not a file of web ACLs"},
		"nothing":               {`{}`, "WebACLs is empty"},
		"unknown member":        {acl(`"Rulez":[]`), "Rulez"},
		"unknown statement":     {rule(block, `{"GeoMatchStatement":{"CountryCodes":["CH"]}}`), "GeoMatchStatement"},
		"managed rules":         {rule(block, `{"ManagedRuleGroupStatement":{"VendorName":"AWS","Name":"x"}}`), "ManagedRuleGroupStatement"},
		"no statement":          {rule(block, `{}`), "WebACLs[0].Rules[0].Statement: want one statement, not 0"},
		"two statements":        {rule(block, `{"NotStatement":{"Statement":`+ok+`},"IPSetReferenceStatement":{"ARN":"x"}}`), "want one statement, not 2"},
		"no action":             {rule(`{}`, ok), "WebACLs[0].Rules[0].Action: want one of Allow, Block, Count and Captcha, not 0"},
		"challenge":             {rule(`{"Challenge":{}}`, ok), "Challenge"},
		"no priority":           {acl(`"Rules":[{"Name":"r","Action":{"Block":{}},"Statement":` + ok + `}]`), "Priority is missing"},
		"priority twice":        {acl(`"Rules":[{"Name":"r","Priority":1,"Action":{"Block":{}},"Statement":` + ok + `},{"Name":"s","Priority":1,"Action":{"Block":{}},"Statement":` + ok + `}]`), "WebACLs[0].Rules[1]: Priority 1 is that of another rule"},
		"status":                {rule(`{"Block":{"CustomResponse":{"ResponseCode":302}}}`, ok), "ResponseCode: want 400 to 499, not 302"},
		"no such answer":        {rule(`{"Block":{"CustomResponse":{"ResponseCode":403,"CustomResponseBodyKey":"x"}}}`, ok), `there is no "x" in CustomResponseBodies`},
		"no such set":           {rule(block, `{"IPSetReferenceStatement":{"ARN":"x"}}`), `WebACLs[0].Rules[0].Statement.IPSetReferenceStatement: ARN: there is no IP set of the ARN or name "x"`},
		"no network":            {`{"IPSets":[{"Name":"s","Addresses":["192.0.2.1"]}],"WebACLs":[{"Name":"a","UserPools":["*"],"DefaultAction":{"Allow":{}}}]}`, `IPSets[0]: Addresses: "192.0.2.1" is no network`},
		"set twice":             {`{"IPSets":[{"Name":"s"},{"Name":"s"}],"WebACLs":[{"Name":"a","UserPools":["*"],"DefaultAction":{"Allow":{}}}]}`, "IPSets[1]: s is there twice"},
		"low limit":             {rule(block, `{"RateBasedStatement":{"Limit":9,"AggregateKeyType":"IP"}}`), "Limit: want 10"},
		"odd window":            {rule(block, `{"RateBasedStatement":{"Limit":10,"EvaluationWindowSec":90,"AggregateKeyType":"IP"}}`), "EvaluationWindowSec"},
		"forwarded":             {rule(block, `{"RateBasedStatement":{"Limit":10,"AggregateKeyType":"FORWARDED_IP"}}`), "AggregateKeyType: want IP or CONSTANT"},
		"constant for all":      {rule(block, `{"RateBasedStatement":{"Limit":10,"AggregateKeyType":"CONSTANT"}}`), "ScopeDownStatement"},
		"position":              {rule(block, `{"ByteMatchStatement":{"SearchString":"a","FieldToMatch":{"Method":{}},`+none+`,"PositionalConstraint":"NEAR"}}`), `PositionalConstraint: "NEAR" is not supported`},
		"no search":             {rule(block, `{"ByteMatchStatement":{"FieldToMatch":{"Method":{}},`+none+`,"PositionalConstraint":"EXACTLY"}}`), "SearchString is missing"},
		"no field":              {rule(block, `{"ByteMatchStatement":{"SearchString":"a","FieldToMatch":{},`+none+`,"PositionalConstraint":"EXACTLY"}}`), "FieldToMatch: want one of"},
		"field unknown":         {rule(block, `{"ByteMatchStatement":{"SearchString":"a","FieldToMatch":{"Cookies":{}},`+none+`,"PositionalConstraint":"EXACTLY"}}`), "Cookies"},
		"transformation":        {rule(block, `{"ByteMatchStatement":{"SearchString":"a","FieldToMatch":{"Method":{}},"TextTransformations":[{"Priority":0,"Type":"MD5"}],"PositionalConstraint":"EXACTLY"}}`), `"MD5" is not supported`},
		"no transformation":     {rule(block, `{"ByteMatchStatement":{"SearchString":"a","FieldToMatch":{"Method":{}},"PositionalConstraint":"EXACTLY"}}`), "TextTransformations: want one or more"},
		"expression":            {rule(block, `{"RegexMatchStatement":{"RegexString":"(","FieldToMatch":{"Method":{}},`+none+`}}`), "RegexString: error parsing"},
		"long expression":       {rule(block, `{"RegexMatchStatement":{"RegexString":"`+strings.Repeat("a", 513)+`","FieldToMatch":{"Method":{}},`+none+`}}`), "1 to 512 characters"},
		"operator":              {rule(block, `{"SizeConstraintStatement":{"FieldToMatch":{"Body":{}},"ComparisonOperator":"IN","Size":1,`+none+`}}`), "ComparisonOperator"},
		"and of one":            {rule(block, `{"AndStatement":{"Statements":[`+ok+`]}}`), "Statements: want two or more"},
		"rate in a rate":        {rule(block, `{"RateBasedStatement":{"Limit":10,"AggregateKeyType":"IP","ScopeDownStatement":{"RateBasedStatement":{"Limit":10,"AggregateKeyType":"IP"}}}}`), "a rate cannot be within another"},
		"deep":                  {rule(block, nested), "nested more than 10 deep"},
		"no pools":              {`{"WebACLs":[{"Name":"a","DefaultAction":{"Allow":{}}}]}`, "UserPools is empty"},
		"no pool's id":          {`{"WebACLs":[{"Name":"a","UserPools":["users"],"DefaultAction":{"Allow":{}}}]}`, `"users" is neither a pool's id nor its ARN`},
		"pool twice":            {`{"WebACLs":[{"Name":"a","UserPools":["*"],"DefaultAction":{"Allow":{}}},{"Name":"b","UserPools":["*"],"DefaultAction":{"Allow":{}}}]}`, `WebACLs[1]: UserPools: * has the web ACL "a" already`},
		"counting by default":   {`{"WebACLs":[{"Name":"a","UserPools":["*"],"DefaultAction":{"Count":{}}}]}`, "DefaultAction: want Allow or Block"},
		"directives not there":  {acl(`"Coraza":{"DirectivesFile":"x"}`), "WebACLs[0].Coraza.DirectivesFile: no such file"},
		"everything in one go":  {`{"WebACLs":[{"Name":"","UserPools":["users"],"DefaultAction":{"Allow":{}}}]}`, "Name is missing\nWebACLs[0]: UserPools"},
		"types":                 {acl(`"Rules":{}`), "WebACLs"},
		"percent in a position": {rule(block, `{"ByteMatchStatement":{"SearchString":"a","FieldToMatch":{"Method":{}},`+none+`,"PositionalConstraint":"%d%s"}}`), `"%d%s" is not supported`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := webacl.Parse([]byte(c.text), webacl.Options{Now: time.Now, Inspectors: inspect})
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v\nwant %s", err, c.want)
			}
		})
	}
}

func TestLoad(t *testing.T) {
	path := filepath.Join(t.TempDir(), "acls.json")
	if _, err := webacl.Load(path, webacl.Options{}); err == nil {
		t.Error("a file that is not there is taken")
	}
	for text, want := range map[string]string{
		`{"WebACLs":[{"Name":"a","UserPools":["*"],"DefaultAction":{"Allow":{}}}]}`: "",
		`{}`:                              path + ": WebACLs is empty",
		strings.Repeat(" ", 4<<20) + `{}`: "is larger than",
	} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := webacl.Load(path, webacl.Options{Now: time.Now})
		if want == "" && (err != nil || s.Of(poolID) == nil) || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

// FuzzParse reads any text; what is taken can be asked.
func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"WebACLs":[{"Name":"a","UserPools":["*"],"DefaultAction":{"Allow":{}},"Rules":[{"Name":"r","Priority":0,"Action":{"Block":{}},"Statement":` + byHeader("A", "b") + `}]}]}`))
	f.Add([]byte(`{"IPSets":[{"Name":"s","Addresses":["::/0"]}],"WebACLs":[{"Name":"a","UserPools":["*"],"DefaultAction":{"Block":{}},"Rules":[{"Name":"r","Priority":0,"Action":{"Count":{}},"Statement":{"NotStatement":{"Statement":{"IPSetReferenceStatement":{"ARN":"s"}}}}}]}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		s, err := webacl.Parse(text, webacl.Options{Now: time.Now, Inspectors: inspect})
		if err != nil {
			return
		}
		if a := s.Of(poolID); a != nil {
			a.Judge(request(nil))
		}
	})
}
