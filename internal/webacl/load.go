package webacl

import (
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
)

// Bounds of a file.
const (
	maxFile    = 4 << 20
	maxRules   = 1000
	maxNesting = 10
)

// Options are what a Set works with.
type Options struct {
	Now func() time.Time
	// Inspectors makes an inspector of a file of directives.
	Inspectors func(path string) (Inspector, error)
}

// Load reads a file of web ACLs. The error tells each member that cannot be used.
func Load(path string, o Options) (*Set, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	text, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, err
	}
	if len(text) > maxFile {
		return nil, fmt.Errorf("%s is larger than %d bytes", path, maxFile)
	}
	s, err := Parse(text, o)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return s, nil
}

// Parse is Load for the text of a file.
func Parse(text []byte, o Options) (*Set, error) {
	var d document
	if err := json.Unmarshal(text, &d, json.RejectUnknownMembers(true)); err != nil {
		return nil, fmt.Errorf("not a file of web ACLs that can be used: %w", err)
	}
	l := &loader{options: o, sets: map[string][]netip.Prefix{}}
	for i := range d.IPSets {
		l.at(fmt.Sprintf("IPSets[%d]", i), func() { l.ipSet(&d.IPSets[i]) })
	}
	s := &Set{byPool: map[string]*ACL{}}
	if len(d.WebACLs) == 0 {
		l.refuse("WebACLs is empty; remove the setting for none")
	}
	for i := range d.WebACLs {
		l.at(fmt.Sprintf("WebACLs[%d]", i), func() { l.webACL(s, &d.WebACLs[i]) })
	}
	if err := errors.Join(l.problems...); err != nil {
		return nil, err
	}
	return s, nil
}

// loader turns a document into what judges, and gathers what is wrong with it.
type loader struct {
	options  Options
	sets     map[string][]netip.Prefix // by name and by ARN
	rules    int
	place    []string
	problems []error
}

// at runs do with its problems told at a place within the current one.
func (l *loader) at(place string, do func()) {
	l.place = append(l.place, place)
	do()
	l.place = l.place[:len(l.place)-1]
}

func (l *loader) refuse(format string, args ...any) {
	place := ""
	if len(l.place) > 0 {
		place = strings.Join(l.place, ".") + ": "
	}
	l.problems = append(l.problems, fmt.Errorf(place+format, args...))
}

func (l *loader) ipSet(in *ipSet) {
	if in.Name == "" {
		l.refuse("Name is missing")
	}
	var list []netip.Prefix
	for _, text := range in.Addresses {
		p, err := netip.ParsePrefix(text)
		if err != nil {
			l.refuse("Addresses: %q is no network; write one such as 192.0.2.0/24, or 192.0.2.1/32 for one address", text)
			continue
		}
		list = append(list, p.Masked())
	}
	for _, name := range []string{in.Name, in.ARN} {
		if _, twice := l.sets[name]; twice && name != "" {
			l.refuse("%s is there twice", name)
		}
		if name != "" {
			l.sets[name] = list
		}
	}
}

func (l *loader) webACL(s *Set, in *webACL) {
	a := &ACL{name: in.Name, now: l.options.Now}
	if in.Name == "" {
		l.refuse("Name is missing")
	}
	l.at("DefaultAction", func() {
		a.otherwise = l.outcome(&in.DefaultAction, in.CustomResponseBodies)
		if in.DefaultAction.Count != nil || in.DefaultAction.Captcha != nil {
			l.refuse("want Allow or Block")
		}
	})
	for i := range in.Rules {
		l.at(fmt.Sprintf("Rules[%d]", i), func() { l.rule(a, &in.Rules[i], in.CustomResponseBodies) })
	}
	slices.SortStableFunc(a.rules, func(x, y judge) int { return x.priority - y.priority })
	if in.Coraza != nil {
		l.at("Coraza.DirectivesFile", func() {
			var err error
			if a.inspector, err = l.options.Inspectors(in.Coraza.DirectivesFile); err != nil {
				l.refuse("%v", err)
			}
		})
	}
	if len(in.UserPools) == 0 {
		l.refuse("UserPools is empty; name pools, or \"*\" for every pool that no other web ACL names")
	}
	for _, name := range in.UserPools {
		id := name[strings.LastIndexByte(name, '/')+1:] // of an ARN
		if id != everyPool && !strings.Contains(id, "_") {
			l.refuse("UserPools: %q is neither a pool's id nor its ARN", name)
		}
		if other, taken := s.byPool[id]; taken {
			l.refuse("UserPools: %s has the web ACL %q already", id, other.name)
		}
		s.byPool[id] = a
	}
}

func (l *loader) rule(a *ACL, in *rule, bodies map[string]responseBody) {
	j := judge{name: in.Name}
	if in.Name == "" {
		l.refuse("Name is missing")
	}
	if l.rules++; l.rules == maxRules+1 {
		l.refuse("there are more than %d rules", maxRules)
	}
	if in.Priority == nil {
		l.refuse("Priority is missing")
	} else {
		j.priority = *in.Priority
	}
	if slices.ContainsFunc(a.rules, func(other judge) bool { return other.priority == j.priority }) {
		l.refuse("Priority %d is that of another rule", j.priority)
	}
	l.at("Action", func() { j.outcome = l.outcome(&in.Action, bodies) })
	j.Rule = in.Name
	if !j.Block {
		j.Rule = ""
	}
	l.at("Statement", func() { j.matches = l.statement(&in.Statement, 0) })
	a.rules = append(a.rules, j)
}

// contentTypes are those of custom answers.
var contentTypes = map[string]string{
	"TEXT_PLAIN": "text/plain; charset=utf-8", "TEXT_HTML": "text/html; charset=utf-8", "APPLICATION_JSON": "application/json",
}

func (l *loader) outcome(in *action, bodies map[string]responseBody) (o outcome) {
	if n := present(in.Allow != nil, in.Block != nil, in.Count != nil, in.Captcha != nil); n != 1 {
		l.refuse("want one of Allow, Block, Count and Captcha, not %d of them", n)
		return o
	}
	o.counts, o.Captcha = in.Count != nil, in.Captcha != nil
	o.Block = in.Block != nil || o.Captcha
	if in.Block == nil || in.Block.CustomResponse == nil {
		return o
	}
	custom := in.Block.CustomResponse
	if custom.ResponseCode < 400 || custom.ResponseCode > 499 {
		l.refuse("Block.CustomResponse.ResponseCode: want 400 to 499, not %d", custom.ResponseCode)
	}
	o.Custom = &Response{Status: custom.ResponseCode}
	if key := custom.CustomResponseBodyKey; key != "" {
		body, ok := bodies[key]
		kind, known := contentTypes[body.ContentType]
		switch {
		case !ok:
			l.refuse("Block.CustomResponse.CustomResponseBodyKey: there is no %q in CustomResponseBodies", key)
		case !known:
			l.refuse("CustomResponseBodies.%s.ContentType: want TEXT_PLAIN, TEXT_HTML or APPLICATION_JSON, not %q", key, body.ContentType)
		}
		o.Custom.ContentType, o.Custom.Body = kind, body.Content
	}
	return o
}

// present counts the members of a choice that are there.
func present(members ...bool) (n int) {
	for _, there := range members {
		if there {
			n++
		}
	}
	return n
}
