package backup_test

import (
	"bytes"
	"errors"
	"slices"
	"testing"

	"poolhouse.dev/internal/backup"
	"poolhouse.dev/internal/user"
	"poolhouse.dev/internal/vault"
)

// refused fails the test when a file that is not as it was written is taken.
func (w *world) refused(t *testing.T, what string, at int, file []byte) {
	t.Helper()
	err := w.verify(t, file)
	if err == nil {
		t.Fatalf("%s at byte %d: the file was taken", what, at)
	}
	if !errors.Is(err, backup.ErrDamaged) && !errors.Is(err, backup.ErrForeign) && !errors.Is(err, backup.ErrNewer) {
		t.Fatalf("%s at byte %d: %v", what, at, err)
	}
}

// Any bit that is another, any byte that is missing at the end, and any that comes after
// it, is found.
func TestAnyDamageIsFound(t *testing.T) {
	for name, sealed := range forms {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			file, _ := w.file(t, sealed)
			if err := w.verify(t, file); err != nil {
				t.Fatal(err)
			}
			bits := []int{0, 1, 2, 3, 4, 5, 6, 7}
			for i := range file {
				if sealed || testing.Short() {
					bits = []int{i % 8} // what is sealed does not know one bit from another
				}
				for _, bit := range bits {
					file[i] ^= 1 << bit
					w.refused(t, "a flipped bit", i, file)
					file[i] ^= 1 << bit
				}
				if !sealed || i%5 == 0 {
					w.refused(t, "a cut", i, file[:i])
				}
			}
			w.refused(t, "something more", len(file), append(slices.Clone(file), 0))
			w.refused(t, "the file again", len(file), append(slices.Clone(file), file...))
			if err := w.verify(t, file); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// Pieces of a sealed file that changed places, were left out or repeated are found, as
// those of one in the clear are.
func TestOrderIsKept(t *testing.T) {
	const piece = 1 << 20
	for name, sealed := range forms {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			for i := range 5 {
				w.rows.insert(t, &user.User{PoolID: "test-1_b", Sub: user.Sub(rune('a' + i)), Verifier: bytes.Repeat([]byte{byte(i)}, piece)})
			}
			file, _ := w.file(t, sealed)
			body := bytes.IndexByte(file, '\n') + 1
			cut := func(i int) []byte { return file[body+i*piece : body+(i+1)*piece] }
			start, end := file[:body+piece], file[body+3*piece:]
			if err := w.verify(t, slices.Concat(start, cut(1), cut(2), end)); err != nil {
				t.Fatal(err)
			}
			w.refused(t, "exchanged pieces", 1, slices.Concat(start, cut(2), cut(1), end))
			w.refused(t, "a piece left out", 1, slices.Concat(start, cut(2), end))
			w.refused(t, "a piece repeated", 1, slices.Concat(start, cut(1), cut(1), cut(2), end))
			w.refused(t, "a cut between pieces", 3, slices.Concat(start, cut(1), cut(2)))
		})
	}
}

// A sealed file is bound to its own first line.
func TestFirstLineOfAnotherFile(t *testing.T) {
	w := newWorld(t)
	one, _ := w.file(t, true)
	two, _ := w.file(t, true)
	at := func(file []byte) int { return bytes.IndexByte(file, '\n') + 1 }
	w.refused(t, "another first line", 0, slices.Concat(one[:at(one)], two[at(two):]))
	plain, _ := w.file(t, false)
	w.refused(t, "a line that says that nothing is sealed", 0, slices.Concat(plain[:at(plain)], one[at(one):]))
	w.refused(t, "a line that says that it is sealed", 0, slices.Concat(one[:at(one)], plain[at(plain):]))
}

func FuzzVerify(f *testing.F) {
	w := newWorld(f)
	for _, sealed := range forms {
		file, _ := w.file(f, sealed)
		f.Add(file)
		f.Add(file[:len(file)/2])
		f.Add(bytes.ReplaceAll(file, []byte("users"), []byte("pools")))
	}
	f.Add([]byte("poolhouse-backup {\"format\":1,\"schema\":1,\"keyset\":\"AA==\"}\nr\x00\x00\x00\x00\xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, file []byte) {
		summary, err := backup.Verify(t.Context(), bytes.NewReader(file), w.unlock)
		if err != nil {
			if errors.Is(err, vault.ErrSealBroken) {
				t.Errorf("%v is not told as damage", err)
			}
			return
		}
		// What is taken can be restored.
		r, err := backup.NewReader(t.Context(), bytes.NewReader(file), w.unlock)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := backup.Restore(t.Context(), memory{}, r, backup.RestoreOptions{}); err != nil || !bytes.Equal(again.Digest, summary.Digest) {
			t.Errorf("a file that was verified cannot be restored: %v", err)
		}
	})
}
