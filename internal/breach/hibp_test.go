package breach_test

import (
	"crypto/sha1"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"poolhouse.dev/internal/breach"
)

// download returns the lines of a file that has the first n of the passwords
// "password 0", "password 1", …, in order, and the passwords in that order.
func download(n int) (lines, passwords []string) {
	random := rand.New(rand.NewPCG(1, 2))
	byLine := map[string]string{}
	for i := range n {
		p := fmt.Sprintf("password %d", i)
		l := fmt.Sprintf("%X:%d", sha1.Sum([]byte(p)), 1+random.Uint64N(1<<random.UintN(40)))
		byLine[l] = p
		lines = append(lines, l)
	}
	slices.Sort(lines)
	for _, l := range lines {
		passwords = append(passwords, byLine[l])
	}
	return lines, passwords
}

func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "pwned.txt")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func open(t *testing.T, text string) *breach.File {
	t.Helper()
	f, err := breach.OpenHIBP(write(t, text))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
	return f
}

func contains(t *testing.T, f *breach.File, password string, want bool) {
	t.Helper()
	got, err := f.Contains(password)
	if err != nil {
		t.Fatalf("%q: %v", password, err)
	}
	if got != want {
		t.Errorf("%q: %v", password, got)
	}
}

func TestEveryLineIsFound(t *testing.T) {
	for _, n := range []int{1, 2, 3, 4, 17, 300, 2000} {
		lines, passwords := download(n)
		for name, text := range map[string]string{
			"LF":                lines[0] + joinRest(lines, "\n") + "\n",
			"CRLF":              lines[0] + joinRest(lines, "\r\n") + "\r\n",
			"no final newline":  lines[0] + joinRest(lines, "\n"),
			"CRLF, then no end": lines[0] + joinRest(lines, "\r\n"),
			"lower case":        strings.ToLower(lines[0]+joinRest(lines, "\n")) + "\n",
		} {
			t.Run(fmt.Sprintf("%d lines, %s", n, name), func(t *testing.T) {
				f := open(t, text)
				for _, p := range passwords {
					contains(t, f, p, true)
				}
				for i := range 500 {
					contains(t, f, fmt.Sprintf("password %d", n+i), false)
				}
			})
		}
	}
}

func joinRest(lines []string, end string) string {
	var b strings.Builder
	for _, l := range lines[1:] {
		b.WriteString(end + l)
	}
	return b.String()
}

func TestHashesBeforeTheFirstLineAndAfterTheLast(t *testing.T) {
	lines, passwords := download(100)
	inner := strings.Join(lines[1:99], "\n") + "\n"
	f := open(t, inner)
	contains(t, f, passwords[0], false)
	contains(t, f, passwords[1], true)
	contains(t, f, passwords[98], true)
	contains(t, f, passwords[99], false)
}

func TestPasswordsAreComparedExactly(t *testing.T) {
	f := open(t, "5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD8:9545824\n")
	contains(t, f, "password", true)
	contains(t, f, "Password", false)
	contains(t, f, "password ", false)
}

func TestPaddingIsNoPassword(t *testing.T) {
	f := open(t, "5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD8:0\n")
	contains(t, f, "password", false)
}

func TestManySearchAtOnce(t *testing.T) {
	lines, passwords := download(200)
	f := open(t, strings.Join(lines, "\n"))
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for i, p := range passwords {
				if got, err := f.Contains(p); !got || err != nil {
					t.Errorf("%q: %v, %v", p, got, err)
				}
				if got, err := f.Contains(fmt.Sprint(i)); got || err != nil {
					t.Errorf("%d: %v, %v", i, got, err)
				}
			}
		})
	}
	wg.Wait()
}

func TestFilesThatAreNoDownloadAreRefused(t *testing.T) {
	lines, _ := download(9)
	changed := func(i int, to string) string {
		c := slices.Clone(lines)
		c[i] = to
		return strings.Join(c, "\n") + "\n"
	}
	tests := []struct{ name, text, want string }{
		{"empty", "", "it is empty"},
		{"another file", strings.Repeat("some text\n", 100), "the first line: "},
		{"one long line", strings.Repeat("A", 1000), "too long"},
		{"no count", lines[0][:40] + "\n", "no colon"},
		{"NTLM hashes", "8846F7EAEE8FB117AD06BDD830B7586C:9545824\n", "32 characters are before its colon, not the 40"},
		{"with a byte order mark", "\ufeff" + lines[0], "the first line"},
		{"no hexadecimal", changed(0, strings.Repeat("G", 40)+":1"), "the first line: "},
		{"no number", changed(4, lines[4][:41]+"1x"), "the middle line: "},
		{"an empty count", changed(8, lines[8][:41]), "the last line: "},
		{"a count without end", changed(8, lines[8][:41]+strings.Repeat("9", 19)), "the last line: "},
		{"an empty line at the end", strings.Join(lines, "\n") + "\n\n", "the last line: "},
		{"ordered by count", changed(0, lines[8]), "the middle line: " + breach.ErrFile.Error() + ": its hash is not above"},
		{"two files in a row", changed(8, lines[0]), "the last line: " + breach.ErrFile.Error() + ": its hash is not above"},
	}
	for _, tt := range tests {
		_, err := breach.OpenHIBP(write(t, tt.text))
		if !errors.Is(err, breach.ErrFile) || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want ErrFile with %q", tt.name, err, tt.want)
			continue
		}
		if strings.Contains(err.Error(), lines[0][:10]) || strings.Contains(err.Error(), lines[8][:10]) {
			t.Errorf("%s: the error %q quotes the file", tt.name, err)
		}
	}
}

func TestPathsThatAreNoFileAreRefused(t *testing.T) {
	if _, err := breach.OpenHIBP(t.TempDir()); !errors.Is(err, breach.ErrFile) {
		t.Errorf("a folder: %v, want ErrFile", err)
	}
	if _, err := breach.OpenHIBP(filepath.Join(t.TempDir(), "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("nothing: %v, want ErrNotExist", err)
	}
}

// A broken line elsewhere is an error when a search comes upon it, not a
// password that is not there.
func TestABrokenLineFailsTheSearch(t *testing.T) {
	lines, passwords := download(9)
	lines[2] = strings.Repeat("?", len(lines[2]))
	f := open(t, strings.Join(lines, "\n"))
	contains(t, f, passwords[4], true)
	if _, err := f.Contains(passwords[2]); !errors.Is(err, breach.ErrFile) {
		t.Errorf("%v, want ErrFile", err)
	}
}

func TestAFileThatIsCutFailsTheSearch(t *testing.T) {
	lines, passwords := download(100)
	path := write(t, strings.Join(lines, "\n"))
	f, err := breach.OpenHIBP(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, 10); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Contains(passwords[99]); !errors.Is(err, breach.ErrFile) {
		t.Errorf("%v, want ErrFile", err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Contains(passwords[99]); !errors.Is(err, fs.ErrClosed) {
		t.Errorf("after Close: %v, want ErrClosed", err)
	}
}

// FuzzContains searches any text. What is opened is searched to an end, and
// when all of its lines are sound and in order, a password is found exactly
// if a line has its hash.
func FuzzContains(f *testing.F) {
	lines, passwords := download(20)
	for _, n := range []int{1, 2, 7, 20} {
		f.Add(strings.Join(lines[:n], "\n")+"\n", passwords[n/2])
		f.Add(strings.Join(lines[:n], "\r\n"), passwords[n-1])
		f.Add(strings.Join(lines[:n], "\n"), "absent")
	}
	f.Fuzz(func(t *testing.T, text, password string) {
		file, err := breach.OpenHIBP(write(t, text))
		if err != nil {
			if !errors.Is(err, breach.ErrFile) {
				t.Error(err)
			}
			return
		}
		defer file.Close()
		got, err := file.Contains(password)
		if err != nil && !errors.Is(err, breach.ErrFile) {
			t.Fatal(err)
		}
		sound, want := scan(text, password)
		if sound && (err != nil || got != want) {
			t.Errorf("%v, %v, want %v", got, err, want)
		}
		if got && !want {
			t.Error("found what no line has")
		}
	})
}

// scan reads text from beginning to end: whether its lines are sound and in
// order, and whether one that counts has the hash of password.
func scan(text, password string) (sound, found bool) {
	hash := fmt.Sprintf("%X", sha1.Sum([]byte(password)))
	sound = true
	before := ""
	for l := range strings.SplitSeq(strings.TrimSuffix(text, "\n"), "\n") {
		l = strings.ToUpper(strings.TrimSuffix(l, "\r"))
		digits, count, _ := strings.Cut(l, ":")
		ordered := digits > before
		before = digits
		wellFormed := len(digits) == 40 && strings.Trim(digits, "0123456789ABCDEF") == "" &&
			len(count) > 0 && len(count) <= 18 && strings.Trim(count, "0123456789") == ""
		sound = sound && ordered && wellFormed
		found = found || wellFormed && digits == hash && strings.Trim(count, "0") != ""
	}
	return sound, found
}
