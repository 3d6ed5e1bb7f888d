package conformance

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	namedTest    = regexp.MustCompile("`((?:Test|Fuzz)[A-Z]\\w*)`")
	declaredTest = regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)[A-Z]\w*)\(`)
)

// Every test that a document names as the one that holds a promise is there, and
// every row of a table of promises names one.
func TestDocumentsNameTestsThatExist(t *testing.T) {
	declared := declaredTests(t)
	for _, document := range []string{"../docs/security.md", "../docs/divergences.md", "../docs/update-user-attributes.md", "../docs/reliability.md"} {
		text, err := os.ReadFile(document)
		if err != nil {
			t.Fatal(err)
		}
		named := 0
		for line := range strings.Lines(string(text)) {
			tests := namedTest.FindAllStringSubmatch(line, -1)
			named += len(tests)
			for _, m := range tests {
				if !slices.Contains(declared, m[1]) {
					t.Errorf("%s names %s, which does not exist", document, m[1])
				}
			}
			if isPromise(line) && len(tests) == 0 {
				t.Errorf("%s: no test in %s", document, line)
			}
		}
		if named == 0 {
			t.Errorf("%s names no test", document)
		}
	}
}

// isPromise reports whether a line is a row of a table, neither its heading nor
// the rule below that.
func isPromise(line string) bool {
	cells := strings.Split(strings.TrimSpace(line), "|")
	if len(cells) < 3 || cells[0] != "" {
		return false
	}
	last := strings.TrimSpace(cells[len(cells)-2])
	return last != "test" && last != "tests" && strings.Trim(last, "-: ") != ""
}

// declaredTests returns the names of all tests of the repository.
func declaredTests(t *testing.T) []string {
	t.Helper()
	var names []string
	err := filepath.WalkDir("..", func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && (entry.Name() == "node_modules" || entry.Name() == ".git") {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(path, "_test.go") {
			return nil
		}
		source, err := os.ReadFile(path)
		for _, m := range declaredTest.FindAllStringSubmatch(string(source), -1) {
			names = append(names, m[1])
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}
