package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// importArgs are the flags of `poolhouse import-users`.
type importArgs struct {
	adminArgs
	Pool string `env:"-" required:"" placeholder:"ID" help:"User pool that the users are for."`
	File string `arg:"" help:"File with a line of JSON for each user, - for the standard input."`
}

// Help returns the paragraphs that `poolhouse import-users --help` adds.
func (importArgs) Help() string {
	return `Makes users of another system users of a pool, with the hashes of their passwords, over the API of a running server. Each line of the file is an object with a username and, as far as wanted, sub, attributes (an object of texts), passwordHash (bcrypt, argon2id, scrypt, Firebase's scrypt or PBKDF2), status (CONFIRMED, UNCONFIRMED, RESET_REQUIRED or FORCE_CHANGE_PASSWORD), enabled and groups (names of groups that are there):

{"username":"ann","attributes":{"email":"ann@example.com","email_verified":"true"},"passwordHash":"$2b$12$..."}

Every line that is refused, and every user who exists already, is told with the line's number; nothing is left of a refused line. The command may be run again with the same file: users that exist are skipped.

` + accessKeyHelp
}

// Bounds of one request, in lines and bytes, and of one line.
const (
	importLines = 50
	importBytes = 512 << 10
	importLine  = 64 << 10
)

// userImport is one run of `poolhouse import-users`.
type userImport struct {
	args importArgs
	key  aws.Credentials
	// out takes what is told of lines, and progress, if not nil, how far it is.
	out, progress io.Writer
	size          int64
	read          int64

	lines, imported, existing, refused int
	// batch are the lines of the next request, and numbers are theirs.
	batch   bytes.Buffer
	numbers []int
}

// importUsers imports the users of args' file. The error says that some lines were
// refused, or where it stopped.
func importUsers(ctx context.Context, args importArgs, getenv func(string) string, stdin io.Reader, out, progress io.Writer) error {
	key, err := accessKey(getenv)
	if err != nil {
		return err
	}
	i := &userImport{args: args, key: key, out: out, progress: progress}
	in := stdin
	if args.File != "-" {
		f, err := os.Open(args.File)
		if err != nil {
			return err
		}
		defer func() { _ = f.Close() }()
		if info, err := f.Stat(); err == nil && info.Mode().IsRegular() {
			i.size = info.Size()
		}
		in = f
	}
	err = i.run(ctx, in)
	i.clear()
	_, printing := fmt.Fprintf(out, "lines: %d, imported: %d, skipped: %d, refused: %d\n", i.lines, i.imported, i.existing, i.refused)
	switch {
	case err != nil:
		// Not the context's own error, since an import that was stopped is not done.
		return fmt.Errorf("stopped at %v; run the command again, which skips the users who were imported", err)
	case printing != nil:
		return printing
	case i.refused > 0:
		return fmt.Errorf("%d of %d lines were refused", i.refused, i.lines)
	}
	return nil
}

// run sends every line, some at a time.
func (i *userImport) run(ctx context.Context, in io.Reader) error {
	lines := newLineReader(in)
	for number := 1; ; number++ {
		text, err := lines.next()
		if errors.Is(err, io.EOF) {
			return i.send(ctx)
		}
		if err != nil && !errors.Is(err, errLongLine) {
			return err
		}
		i.read = lines.read
		if err == nil && len(bytes.TrimSpace(text)) == 0 {
			continue
		}
		i.lines++
		if err != nil {
			i.refused++
			// The lines before it are told first.
			if err := i.send(ctx); err != nil {
				return err
			}
			if err := i.tell(number, "refused", err.Error()); err != nil {
				return err
			}
			continue
		}
		if len(i.numbers) == importLines || i.batch.Len()+len(text) > importBytes {
			if err := i.send(ctx); err != nil {
				return err
			}
		}
		i.numbers = append(i.numbers, number)
		i.batch.Write(text)
		i.batch.WriteByte('\n')
	}
}

// send imports the batch and tells of the lines that made no user.
func (i *userImport) send(ctx context.Context) error {
	if len(i.numbers) == 0 {
		return nil
	}
	var answer struct {
		Outcomes []struct{ Result, Reason string }
	}
	err := i.args.call(ctx, i.key, http.MethodPost, "/_poolhouse/import-users", url.Values{"user_pool_id": {i.args.Pool}}, i.batch.Bytes(), &answer)
	if err == nil && len(answer.Outcomes) != len(i.numbers) {
		err = fmt.Errorf("the server told of %d of %d lines", len(answer.Outcomes), len(i.numbers))
	}
	if err != nil {
		return fmt.Errorf("lines %d to %d: %w", i.numbers[0], i.numbers[len(i.numbers)-1], err)
	}
	for n, o := range answer.Outcomes {
		switch o.Result {
		case "imported":
			i.imported++
			continue
		case "exists":
			i.existing++
			err = i.tell(i.numbers[n], "skipped", o.Reason)
		default:
			i.refused++
			err = i.tell(i.numbers[n], "refused", o.Reason)
		}
		if err != nil {
			return err
		}
	}
	i.numbers = i.numbers[:0]
	i.batch.Reset()
	i.show()
	return nil
}

// tell writes what became of a line.
func (i *userImport) tell(number int, what, why string) error {
	i.clear()
	_, err := fmt.Fprintf(i.out, "line %d: %s: %s\n", number, what, why)
	return err
}

// show writes how far the import is, over what it wrote before.
func (i *userImport) show() {
	if i.progress == nil {
		return
	}
	share := ""
	if i.size > 0 {
		share = fmt.Sprintf("%3d%%  ", 100*i.read/i.size)
	}
	_, _ = fmt.Fprintf(i.progress, "\r%slines: %d, imported: %d, skipped: %d, refused: %d", share, i.lines, i.imported, i.existing, i.refused)
}

// clear removes what show wrote, so that other lines do not run into it.
func (i *userImport) clear() {
	if i.progress != nil {
		_, _ = io.WriteString(i.progress, "\r\x1b[K")
	}
}
