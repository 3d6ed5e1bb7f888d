package main

import (
	"fmt"
	"io"
)

// progress shows how far a command is, in one line where a person is looking; nowhere
// else it shows anything.
type progress struct{ w io.Writer }

func (s surroundings) progress() progress {
	if !s.environment.Terminal {
		return progress{}
	}
	return progress{s.stderr}
}

// show writes over what it wrote before.
func (p progress) show(format string, args ...any) {
	if p.w != nil {
		_, _ = fmt.Fprintf(p.w, "\r"+format+"\x1b[K", args...)
	}
}

// clear removes what show wrote.
func (p progress) clear() { p.show("") }
