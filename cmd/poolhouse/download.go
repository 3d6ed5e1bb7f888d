package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// errBrokenOff says that an answer ended before its end.
var errBrokenOff = errors.New("the server's answer broke off; run the command again")

// download makes a signed request that is answered with a file, writes that to out and
// reads what is told of it into result. out has a whole file only if the error is nil.
func (a adminArgs) download(ctx context.Context, key aws.Credentials, path string, query url.Values, out io.Writer, result any) error {
	resp, err := a.send(ctx, key, http.MethodPost, path, query, nil)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	kind, params, err := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/mixed" {
		if err := readAnswer(resp, &struct{}{}); err != nil {
			return err
		}
		return errors.New("the server's answer is no file; is it of this release?")
	}
	parts := multipart.NewReader(resp.Body, params["boundary"])
	file, err := parts.NextRawPart()
	if err != nil {
		return errBrokenOff
	}
	sum := sha256.New()
	to := &destination{w: io.MultiWriter(out, sum)}
	size, err := io.Copy(to, file)
	switch {
	case to.err != nil:
		return to.err
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		return errBrokenOff
	}
	var end struct {
		Result  json.RawMessage `json:"result"`
		Bytes   int64           `json:"bytes"`
		SHA256  string          `json:"sha256"`
		Message string          `json:"message"`
	}
	last, err := parts.NextRawPart()
	if err != nil || json.NewDecoder(io.LimitReader(last, maxAnswer)).Decode(&end) != nil {
		return errBrokenOff
	}
	switch {
	case end.Message != "":
		return fmt.Errorf("the server says: %s", end.Message)
	case end.Bytes != size || end.SHA256 != hex.EncodeToString(sum.Sum(nil)):
		return errors.New("what arrived is not what the server sent; run the command again, without what stands between it and the server")
	}
	return json.Unmarshal(end.Result, result)
}

// destination tells errors of writing from those of reading.
type destination struct {
	w   io.Writer
	err error
}

func (d *destination) Write(p []byte) (n int, err error) {
	n, d.err = d.w.Write(p)
	return n, d.err
}
