package app

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"time"

	"github.com/go-json-experiment/json"

	"poolhouse.dev/internal/fault"
)

// writeCall writes the file that a call asks for. It returns what is told of the file
// after it, and what the record tells of the call.
type writeCall func(ctx context.Context, r *http.Request, w io.Writer) (result any, told []slog.Attr, err error)

// downloadEnd is the part of the answer that comes after the file: what is told of it,
// or why it broke off.
type downloadEnd struct {
	Result  any    `json:"result,omitempty"`
	Bytes   int64  `json:"bytes"`
	SHA256  string `json:"sha256"`
	Message string `json:"message,omitempty"`
}

// download is handle for calls that answer with a file of any size, which has two parts
// (multipart/mixed): the file, and downloadEnd, without which the file is not whole. A
// call may take as long as its caller goes on reading.
func (a administered) download(operation string, write writeCall) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		out := &attachment{w: w, control: http.NewResponseController(w), patience: a.timeout, hash: sha256.New()}
		var result any
		var told []slog.Attr
		who, err := a.verifier.Verify(r, nil)
		if err == nil {
			// The server's own deadline is for reading a request, and this one has been read.
			_ = out.control.SetReadDeadline(time.Time{})
			result, told, err = write(r.Context(), r, out)
		}
		a.logger.LogAttrs(r.Context(), slog.LevelInfo, "audit", append([]slog.Attr{
			slog.String("operation", operation), slog.String("outcome", fault.Outcome(err)),
			slog.String("principal", who.AccessKeyID), slog.String("region", who.Region), slog.String("source_ip", a.sourceIP(r)),
		}, told...)...)
		if out.parts == nil {
			a.answer(w, nil, err)
			return
		}
		end := downloadEnd{Result: result, Bytes: out.size, SHA256: hex.EncodeToString(out.hash.Sum(nil))}
		if err != nil {
			a.logger.Error("an administrator's download broke off", "operation", operation, "error", err)
			end = downloadEnd{Message: "The server could not finish; its log says why."}
		}
		out.finish(end)
	})
}

// attachment is the answer of a download. It begins with the first byte.
type attachment struct {
	w       http.ResponseWriter
	control *http.ResponseController
	// patience is how long a piece of the file may wait for its reader.
	patience time.Duration
	parts    *multipart.Writer
	file     io.Writer
	size     int64
	hash     hash.Hash
}

// pieceBytes is how much is written under one deadline.
const pieceBytes = 64 << 10

// Write implements io.Writer.
func (a *attachment) Write(p []byte) (n int, err error) {
	if a.parts == nil {
		a.parts = multipart.NewWriter(a.w)
		a.w.Header().Set("Content-Type", "multipart/mixed; boundary="+a.parts.Boundary())
		a.w.Header().Set("Cache-Control", "no-store")
		a.w.WriteHeader(http.StatusOK)
		if a.file, err = a.part("application/octet-stream"); err != nil {
			return 0, err
		}
	}
	for n < len(p) && err == nil {
		piece := p[n:min(n+pieceBytes, len(p))]
		_ = a.control.SetWriteDeadline(time.Now().Add(a.patience))
		_, err = a.file.Write(piece)
		n += len(piece)
		a.size += int64(len(piece))
		a.hash.Write(piece)
	}
	return n, err
}

func (a *attachment) part(contentType string) (io.Writer, error) {
	return a.parts.CreatePart(textproto.MIMEHeader{"Content-Type": {contentType}})
}

// finish writes the end. A caller that is gone will not miss it.
func (a *attachment) finish(end downloadEnd) {
	_ = a.control.SetWriteDeadline(time.Now().Add(a.patience))
	part, err := a.part("application/json")
	if err != nil {
		return
	}
	if json.MarshalWrite(part, end) == nil {
		_ = a.parts.Close()
	}
}
