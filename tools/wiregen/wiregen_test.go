package main

import (
	"bytes"
	"io"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

const modelPath = "../../model/cognito-idp.model.json"

func mustLoad(t *testing.T) *model {
	t.Helper()
	m, err := loadModel(modelPath)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestOutputDependsOnTheModelAlone(t *testing.T) {
	first, err := generate(mustLoad(t))
	if err != nil {
		t.Fatal(err)
	}
	for range 5 {
		again, err := generate(mustLoad(t))
		if err != nil {
			t.Fatal(err)
		}
		if !maps.EqualFunc(first, again, bytes.Equal) {
			t.Fatal("two runs wrote different files")
		}
	}
}

func TestGeneratedFilesAreUpToDate(t *testing.T) {
	if err := run([]string{"-check", "-model", modelPath, "-out", "../../internal/wire"}, io.Discard); err != nil {
		t.Error(err)
	}
}

func TestCheckFindsWhatDiffers(t *testing.T) {
	dir := t.TempDir()
	args := []string{"-model", modelPath, "-out", dir}
	if err := run(args, io.Discard); err != nil {
		t.Fatal(err)
	}
	if err := run(append(args, "-check"), io.Discard); err != nil {
		t.Fatalf("right after writing: %v", err)
	}
	for _, step := range []error{
		os.WriteFile(filepath.Join(dir, "zz_enums.go"), []byte("package wire\n"), 0o600),
		os.Remove(filepath.Join(dir, "zz_checks.go")),
		os.WriteFile(filepath.Join(dir, "zz_old.go"), nil, 0o600),
	} {
		if step != nil {
			t.Fatal(step)
		}
	}
	err := run(append(args, "-check"), io.Discard)
	for _, name := range []string{"zz_enums.go is not up to date", "zz_checks.go is missing", "zz_old.go is no longer generated"} {
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("the check says %v, want %s", err, name)
		}
	}
}

func TestAnotherModelIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "model.json")
	if err := os.WriteFile(path, []byte(`{}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := loadModel(path); err == nil || !strings.Contains(err.Error(), "sha256") {
		t.Errorf("loading gave %v", err)
	}
}

func TestTranslatedPatternsMatchAsJavaDoes(t *testing.T) {
	for _, test := range []struct {
		java, text string
		want       bool
	}{
		{`^[\S]+.*[\S]+$`, "ab", true},
		{`^[\S]+.*[\S]+$`, "a b", true},
		{`^[\S]+.*[\S]+$`, "a", false},
		{`^[\S]+.*[\S]+$`, " ab", false},
		{`^[\S]+.*[\S]+$`, "ab\n", false},
		{`^[\S]+.*[\S]+$`, "a\u2028 \u2028b", true}, // Java's \S takes U+2028, its dot does not
		{`^[\S]+.*[\S]+$`, "a \u2028 b", false},
		{`[\S]+`, "a\vb", false}, // Java's \s has the vertical tab
		{`[\S]+`, "a\u00a0b", true},
		{`[\w\s+=,.@-]+`, "a\v-b", true},
		{`[\w-]+_[0-9a-zA-Z]+`, "eu-west-1_Ab0", true},
		{`[\w-]+_[0-9a-zA-Z]+`, "eu-west-1_Ab0\n", false},
		{`[A-Za-z0-9-_=.]+`, "a-_=.9", true},
		{`[A-Za-z0-9-_=.]+`, "a:", false},
		{`.*\{####\}.*`, "code {####}!", true},
		{`.*\{####\}.*`, "code\r{####}", false},
		{`(?s).*`, "a\r\nb", true},
		{`^[0-9A-Za-z\.\-_]*(?<!\.)$`, "my.bucket", true},
		{`^[0-9A-Za-z\.\-_]*(?<!\.)$`, "my.bucket.", false},
		{`^[0-9A-Za-z\.\-_]*(?<!\.)$`, "", true},
	} {
		expr, err := translate(test.java)
		if err != nil {
			t.Fatal(err)
		}
		if got := regexp.MustCompile(expr).MatchString(test.text); got != test.want {
			t.Errorf("%s on %q: %v", test.java, test.text, got)
		}
	}
}

func TestUntranslatablePatternIsAnError(t *testing.T) {
	for _, java := range []string{`\s+`, `a\S`, `(?<!a)b`, `a++`} {
		if expr, err := translate(java); err == nil {
			t.Errorf("%s became %s", java, expr)
		}
	}
}

func TestClassOf(t *testing.T) {
	for java, want := range map[string]bool{
		`[\w+]+`: true, `^[0-9a-fA-F]+$`: true, `[\p{L}\s*]*`: true, `[\S]+`: true,
		`[^a]+`: false, `[a]`: false, `[a]+b`: false, `[a]+[b]+`: false, `import-[0-9]+`: false,
	} {
		class, err := classOf(java)
		if err != nil || (class != nil) != want {
			t.Errorf("classOf(%s) = %v, %v", java, class, err)
		}
	}
	class, err := classOf(`[\w+=/]+`)
	if err != nil {
		t.Fatal(err)
	}
	for r := range rune(128) {
		in := class.ASCII[r/64]&(1<<(r%64)) != 0
		want := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("_+=/", r)
		if in != want {
			t.Errorf("%q in the class: %v", r, in)
		}
	}
}
