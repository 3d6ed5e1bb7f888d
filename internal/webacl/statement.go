package webacl

import (
	"bytes"
	"fmt"
	"net/netip"
	"net/textproto"
	"regexp"
	"slices"
)

// maxRegex bounds a regular expression, in characters.
const maxRegex = 512

// never is the condition of a statement that was refused.
func never(*inspected) bool { return false }

func (l *loader) statement(in *statement, depth int) condition {
	if depth > maxNesting {
		l.refuse("statements are nested more than %d deep", maxNesting)
		return never
	}
	if n := present(in.IPSetReference != nil, in.RateBased != nil, in.ByteMatch != nil, in.RegexMatch != nil,
		in.SizeConstraint != nil, in.And != nil, in.Or != nil, in.Not != nil); n != 1 {
		l.refuse("want one statement, not %d", n)
		return never
	}
	matches := condition(never)
	place := func(name string, make func() condition) { l.at(name, func() { matches = make() }) }
	switch {
	case in.IPSetReference != nil:
		place("IPSetReferenceStatement", func() condition { return l.ipSetReference(in.IPSetReference) })
	case in.RateBased != nil:
		place("RateBasedStatement", func() condition { return l.rateBased(in.RateBased, depth) })
	case in.ByteMatch != nil:
		place("ByteMatchStatement", func() condition { return l.byteMatch(in.ByteMatch) })
	case in.RegexMatch != nil:
		place("RegexMatchStatement", func() condition { return l.regexMatch(in.RegexMatch) })
	case in.SizeConstraint != nil:
		place("SizeConstraintStatement", func() condition { return l.sizeConstraint(in.SizeConstraint) })
	case in.And != nil:
		place("AndStatement", func() condition {
			return every(l.all(in.And.Statements, depth))
		})
	case in.Or != nil:
		place("OrStatement", func() condition {
			list := l.all(in.Or.Statements, depth)
			return func(r *inspected) bool { return slices.ContainsFunc(list, func(c condition) bool { return c(r) }) }
		})
	case in.Not != nil:
		place("NotStatement", func() condition {
			inner := l.statement(&in.Not.Statement, depth+1)
			return func(r *inspected) bool { return !inner(r) }
		})
	}
	return matches
}

// every is true where all of a list are.
func every(list []condition) condition {
	return func(r *inspected) bool {
		return !slices.ContainsFunc(list, func(c condition) bool { return !c(r) })
	}
}

func (l *loader) all(in []statement, depth int) (list []condition) {
	if len(in) < 2 {
		l.refuse("Statements: want two or more")
	}
	for i := range in {
		l.at(fmt.Sprintf("Statements[%d]", i), func() { list = append(list, l.statement(&in[i], depth+1)) })
	}
	return list
}

func (l *loader) ipSetReference(in *ipSetReference) condition {
	list, ok := l.sets[in.ARN]
	if !ok {
		l.refuse("ARN: there is no IP set of the ARN or name %q", in.ARN)
	}
	return func(r *inspected) bool {
		addr := r.Addr.Unmap()
		return slices.ContainsFunc(list, func(p netip.Prefix) bool { return p.Contains(addr) })
	}
}

// places are where a text may stand.
var places = map[string]func(text, found []byte) bool{
	"EXACTLY":     bytes.Equal,
	"STARTS_WITH": bytes.HasPrefix,
	"ENDS_WITH":   bytes.HasSuffix,
	"CONTAINS":    bytes.Contains,
	"CONTAINS_WORD": func(text, found []byte) bool {
		for {
			at := bytes.Index(text, found)
			if at < 0 {
				return false
			}
			end := at + len(found)
			if (at == 0 || !isWord(text[at-1])) && (end == len(text) || !isWord(text[end])) {
				return true
			}
			text = text[at+1:]
		}
	},
}

func isWord(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z'
}

func (l *loader) byteMatch(in *byteMatch) condition {
	stands, ok := places[in.PositionalConstraint]
	if !ok {
		l.refuse("PositionalConstraint: %q is not supported", in.PositionalConstraint)
	}
	if in.SearchString == "" {
		l.refuse("SearchString is missing")
	}
	field, search := l.field(&in.FieldToMatch, in.TextTransformations), []byte(in.SearchString)
	return field.any(func(text []byte) bool { return stands(text, search) })
}

func (l *loader) regexMatch(in *regexMatch) condition {
	if in.RegexString == "" || len(in.RegexString) > maxRegex {
		l.refuse("RegexString: want 1 to %d characters", maxRegex)
	}
	expression, err := regexp.Compile(in.RegexString)
	if err != nil {
		l.refuse("RegexString: %v", err)
		return never
	}
	return l.field(&in.FieldToMatch, in.TextTransformations).any(expression.Match)
}

// comparisons are the operators of a size.
var comparisons = map[string]func(n, size int) bool{
	"EQ": func(n, size int) bool { return n == size }, "NE": func(n, size int) bool { return n != size },
	"LE": func(n, size int) bool { return n <= size }, "LT": func(n, size int) bool { return n < size },
	"GE": func(n, size int) bool { return n >= size }, "GT": func(n, size int) bool { return n > size },
}

func (l *loader) sizeConstraint(in *sizeConstraint) condition {
	compare, ok := comparisons[in.ComparisonOperator]
	if !ok {
		l.refuse("ComparisonOperator: want EQ, NE, LE, LT, GE or GT, not %q", in.ComparisonOperator)
	}
	return l.field(&in.FieldToMatch, in.TextTransformations).any(func(text []byte) bool { return compare(len(text), in.Size) })
}

// field is a part of a request, after its transformations.
type field struct {
	values     func(r *inspected) [][]byte
	transforms []func([]byte) []byte
}

// any is true where one of the field's values is as wanted. A header that is not
// there has no value.
func (f field) any(wanted func([]byte) bool) condition {
	return func(r *inspected) bool {
		return slices.ContainsFunc(f.values(r), func(text []byte) bool {
			for _, transform := range f.transforms {
				text = transform(text)
			}
			return wanted(text)
		})
	}
}

func (l *loader) field(in *fieldToMatch, transforms []transformation) (f field) {
	f.values = func(*inspected) [][]byte { return nil }
	if n := present(in.SingleHeader != nil, in.UriPath != nil, in.QueryString != nil, in.Method != nil, in.Body != nil); n != 1 {
		l.refuse("FieldToMatch: want one of SingleHeader, UriPath, QueryString, Method and Body, not %d of them", n)
		return f
	}
	one := func(text func(r *inspected) []byte) func(*inspected) [][]byte {
		return func(r *inspected) [][]byte { return [][]byte{text(r)} }
	}
	switch {
	case in.SingleHeader != nil:
		name := textproto.CanonicalMIMEHeaderKey(in.SingleHeader.Name)
		if name == "" {
			l.refuse("FieldToMatch.SingleHeader.Name is missing")
		}
		f.values = func(r *inspected) (list [][]byte) {
			for _, value := range r.Header[name] {
				list = append(list, []byte(value))
			}
			return list
		}
	case in.UriPath != nil:
		f.values = one(func(r *inspected) []byte { return []byte(r.Path) })
	case in.QueryString != nil:
		f.values = one(func(r *inspected) []byte { return []byte(r.Query) })
	case in.Method != nil:
		f.values = one(func(r *inspected) []byte { return []byte(r.Method) })
	case in.Body != nil:
		f.values = one(func(r *inspected) []byte { return r.Body })
	}
	f.transforms = l.transforms(transforms)
	return f
}
