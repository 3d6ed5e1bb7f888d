package app_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"poolhouse.dev/internal/app"
	"poolhouse.dev/internal/config"
)

// keyPair returns a certificate for localhost with a name, and its key, in PEM form.
func keyPair(t *testing.T, name string) (chain, key []byte) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, DNSNames: []string{"localhost"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	encoded, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: encoded})
}

// lines is a log that may be read while it is written.
type lines struct {
	mu  sync.Mutex
	all bytes.Buffer
}

func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.all.Write(b)
}

func (l *lines) count(text string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Count(l.all.String(), text)
}

// A server shows a certificate that is put in the place of its own from the next
// connection on, over HTTP/1.1 and HTTP/2; while the files do not fit together or are
// no certificate it shows the one from before, and says so once.
func TestCertificateIsReplaced(t *testing.T) {
	folder := t.TempDir()
	chainFile, keyFile := filepath.Join(folder, "cert.pem"), filepath.Join(folder, "key.pem")
	write := func(file string, text []byte) {
		t.Helper()
		if err := os.WriteFile(file, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	firstChain, firstKey := keyPair(t, "the first certificate")
	secondChain, secondKey := keyPair(t, "another one, the second")
	write(chainFile, firstChain)
	write(keyFile, firstKey)
	var log lines
	s, err := app.Start(t.Context(), settings(t, config.ModeServe, func(c *config.Config) { c.TLSCert, c.TLSKey = chainFile, keyFile }), app.Options{Log: &log})
	if err != nil {
		t.Fatal(err)
	}
	defer mustClose(t, s)
	trusted := x509.NewCertPool()
	trusted.AppendCertsFromPEM(firstChain)
	trusted.AppendCertsFromPEM(secondChain)
	shown := func(http2 bool) string {
		t.Helper()
		client := &http.Client{Transport: &http.Transport{
			TLSClientConfig: &tls.Config{RootCAs: trusted, ServerName: "localhost"}, ForceAttemptHTTP2: http2, DisableKeepAlives: true,
		}}
		r, err := client.Get("https://" + s.Addr() + "/_poolhouse/health")
		if err != nil {
			t.Fatal(err)
		}
		defer r.Body.Close()
		if want := map[bool]int{true: 2, false: 1}[http2]; r.StatusCode != 200 || r.ProtoMajor != want {
			t.Errorf("status %d over HTTP/%d, want 200 over %d", r.StatusCode, r.ProtoMajor, want)
		}
		return r.TLS.PeerCertificates[0].Subject.CommonName
	}
	const first, second, refusal, news = "the first certificate", "another one, the second", "cannot be used", "a new certificate was read"
	for _, step := range []struct {
		what            string
		do              func()
		want            string
		refusals, reads int
	}{
		{"the first", func() {}, first, 0, 0},
		{"only the chain replaced", func() { write(chainFile, secondChain) }, first, 1, 0},
		{"both replaced", func() { write(keyFile, secondKey) }, second, 1, 1},
		{"no certificate", func() { write(chainFile, []byte("renewal failed\n")) }, second, 2, 1},
		{"no file", func() { _ = os.Remove(keyFile) }, second, 3, 1},
		{"the first again", func() { write(keyFile, firstKey); write(chainFile, firstChain) }, first, 3, 2},
	} {
		step.do()
		for _, http2 := range []bool{false, true} {
			if got := shown(http2); got != step.want {
				t.Errorf("%s: the certificate shown is of %q, want %q", step.what, got, step.want)
			}
		}
		if r, n := log.count(refusal), log.count(news); r != step.refusals || n != step.reads {
			t.Errorf("%s: the log tells of %d refused and %d read certificates, want %d and %d", step.what, r, n, step.refusals, step.reads)
		}
	}
}
