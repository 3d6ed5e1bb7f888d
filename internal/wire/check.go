package wire

import "strconv"

// ConstraintError tells every constraint that a request violates, in the
// service's words. It becomes an InvalidParameterException.
type ConstraintError struct {
	// Message is for the client. It repeats values of the request, though no
	// sensitive ones, and so does not belong in a log.
	Message string
}

// Error returns the message.
func (e *ConstraintError) Error() string { return e.Message }

// maxEntries bounds the entries that a message tells one by one, so that a
// small request cannot ask for a huge answer. The heading counts them all.
const maxEntries = 100

// flags qualify one member of a structure.
type flags uint8

const (
	required flags = 1 << iota
	hidden         // messages do not repeat the value
	optional flags = 0
)

// checker collects the violations of one request. The generated check methods
// visit the members of a structure in alphabetical order.
type checker struct {
	prefix []segment // where the structure that is being visited stands
	count  int
	text   []byte
	room   [4]segment
}

// segment is one step of a path. The index counts from 1; 0 means none. A key
// is that of a map entry.
type segment struct {
	name  string
	index int
	key   string
}

// run checks one request.
func run(in Input) error {
	var c checker
	c.prefix = c.room[:0]
	in.check(&c)
	return c.err()
}

func (c *checker) err() error {
	if c.count == 0 {
		return nil
	}
	return &ConstraintError{Message: heading(c.count) + string(c.text)}
}

func heading(count int) string {
	if count == 1 {
		return "1 validation error detected: "
	}
	return strconv.Itoa(count) + " validation errors detected: "
}

// add notes a violation. value is the rendered value, in quotes or null.
func (c *checker) add(name string, f flags, value, constraint string) {
	c.count++
	if c.count > maxEntries {
		return
	}
	if c.count > 1 {
		c.text = append(c.text, "; "...)
	}
	c.text = append(c.text, "Value "...)
	if f&hidden == 0 {
		c.text = append(c.text, value...)
		c.text = append(c.text, ' ')
	}
	c.text = append(c.text, "at '"...)
	for _, s := range c.prefix {
		c.text = append(c.text, s.name...)
		if s.index > 0 {
			c.text = append(c.text, '.')
			c.text = strconv.AppendInt(c.text, int64(s.index), 10)
			c.text = append(c.text, ".member"...)
		}
		if s.key != "" {
			c.text = append(c.text, '.')
			c.text = append(c.text, s.key...)
			c.text = append(c.text, ".member"...)
		}
		c.text = append(c.text, '.')
	}
	c.text = append(c.text, name...)
	c.text = append(c.text, "' failed to satisfy constraint: "...)
	c.text = append(c.text, constraint...)
}

func (c *checker) push(s segment) { c.prefix = append(c.prefix, s) }

func (c *checker) pop() { c.prefix = c.prefix[:len(c.prefix)-1] }

// checkPresent checks a member that has no constraint but to be there.
func checkPresent(c *checker, name string, present bool, f flags) {
	if !present && f&required != 0 {
		c.add(name, f, "null", notNull)
	}
}

// checkString checks a string or an enumeration: its length first, its
// pattern and its set of values after.
func checkString[T ~string](c *checker, name string, v *T, s *shape, f flags) {
	if v == nil {
		checkPresent(c, name, false, f)
		return
	}
	text := string(*v)
	if violated := s.tooLongOrShort(text); violated != "" {
		c.add(name, f, quoted(text), violated)
	}
	if !s.matches(text) {
		c.add(name, f, quoted(text), matching+s.pattern.text)
	}
	if !s.allows(text) {
		c.add(name, f, quoted(text), oneOf+bracketed(s.enum))
	}
}

// checkInteger checks a number.
func checkInteger[T ~int32 | ~int64](c *checker, name string, v *T, s *shape, f flags) {
	if v == nil {
		checkPresent(c, name, false, f)
		return
	}
	if violated := s.outside(valueOf, int64(*v)); violated != "" {
		c.add(name, f, quoted(render(*v)), violated)
	}
}

// checkBlob checks bytes.
func checkBlob(c *checker, name string, v []byte, s *shape, f flags) {
	if v == nil {
		checkPresent(c, name, false, f)
		return
	}
	if violated := s.outside(lengthOf, int64(len(v))); violated != "" {
		c.add(name, f, quoted(render(v)), violated)
	}
}

// checkScalars checks a list of strings or enumerations. What is wrong with
// its elements is told once, of the list.
func checkScalars[T ~string](c *checker, name string, v []T, s *shape, f flags) {
	if v == nil {
		checkPresent(c, name, false, f)
		return
	}
	if violated := s.outside(lengthOf, int64(len(v))); violated != "" {
		c.add(name, f, quoted(render(v)), violated)
	}
	if s.elem == nil {
		return
	}
	for i := range v {
		if !s.elem.accepts(string(v[i])) {
			c.add(name, f, quoted(render(v)), eachMember+s.elem.describe())
			return
		}
	}
}

// checkMap checks a map of strings: its size, its keys, its values.
func checkMap(c *checker, name string, v map[string]string, s *shape, f flags) {
	if v == nil {
		checkPresent(c, name, false, f)
		return
	}
	badKey, badValue := false, false
	for key, value := range v {
		badKey = badKey || s.key != nil && !s.key.accepts(key)
		badValue = badValue || s.elem != nil && !s.elem.accepts(value)
	}
	violated := s.outside(lengthOf, int64(len(v)))
	if violated == "" && !badKey && !badValue {
		return
	}
	value := quoted(render(v))
	if violated != "" {
		c.add(name, f, value, violated)
	}
	if badKey {
		c.add(name, f, value, eachKey+s.key.describe())
	}
	if badValue {
		c.add(name, f, value, eachValue+s.elem.describe())
	}
}

// checkStructure checks the members of a structure.
func checkStructure[T any, P pointerTo[T]](c *checker, name string, v P, f flags) {
	if v == nil {
		checkPresent(c, name, false, f)
		return
	}
	c.push(segment{name: name})
	v.check(c)
	c.pop()
}

// checkStructures checks a list of structures: its length, then each element.
// s is nil when the list itself has no constraint.
func checkStructures[T any, P pointerTo[T]](c *checker, name string, v []T, s *shape, f flags) {
	if v == nil {
		checkPresent(c, name, false, f)
		return
	}
	if s != nil {
		if violated := s.outside(lengthOf, int64(len(v))); violated != "" {
			c.add(name, f, quoted(render(v)), violated)
		}
	}
	for i := range v {
		c.push(segment{name: name, index: i + 1})
		P(&v[i]).check(c)
		c.pop()
	}
}

// checkStructureMap checks a map of structures in the order of its keys.
func checkStructureMap[T any, P pointerTo[T]](c *checker, name string, v map[string]T, s *shape, f flags) {
	if v == nil {
		checkPresent(c, name, false, f)
		return
	}
	keys := sortedKeys(v)
	if s != nil {
		if violated := s.outside(lengthOf, int64(len(v))); violated != "" {
			c.add(name, f, quoted(render(v)), violated)
		}
		for _, key := range keys {
			if s.key != nil && !s.key.accepts(key) {
				c.add(name, f, quoted(render(v)), eachKey+s.key.describe())
				break
			}
		}
	}
	for _, key := range keys {
		elem := v[key]
		c.push(segment{name: name, key: key})
		P(&elem).check(c)
		c.pop()
	}
}
