package app

import (
	"crypto/tls"
	"errors"
	"log/slog"
	"os"
	"sync"
	"time"
)

// certificate is the server's own, from two files that may be replaced while the
// server runs: connections that begin afterwards get the new one. It is safe for
// concurrent use.
type certificate struct {
	chainFile, keyFile string
	logger             *slog.Logger

	mu   sync.Mutex
	pair *tls.Certificate
	// seen is what the files looked like before they were read last, whether or not
	// they could be used.
	seen fileLooks
}

// fileLooks tells that the files were replaced, without reading them.
type fileLooks struct {
	chainTime, keyTime time.Time
	chainSize, keySize int64
}

// openCertificate reads the files for the first time.
func openCertificate(chainFile, keyFile string, logger *slog.Logger) (*certificate, error) {
	c := &certificate{chainFile: chainFile, keyFile: keyFile, logger: logger}
	var err error
	if c.seen, err = c.look(); err != nil {
		return nil, err
	}
	if c.pair, err = c.read(); err != nil {
		return nil, err
	}
	return c, nil
}

// get is for tls.Config.GetCertificate. New files that cannot be used, also because
// only one of the two was replaced so far, leave the certificate as it is.
func (c *certificate) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	looks, err := c.look()
	if looks == c.seen {
		return c.pair, nil
	}
	// The looks come first: what is replaced while it is read is read again.
	c.seen = looks
	var pair *tls.Certificate
	if err == nil {
		pair, err = c.read()
	}
	if err != nil {
		c.logger.Warn("the files of --tls-cert and --tls-key have changed and cannot be used; the certificate from before is shown until they can", "error", err)
		return c.pair, nil
	}
	c.pair = pair
	c.logger.Info("a new certificate was read", "valid_until", pair.Leaf.NotAfter)
	return c.pair, nil
}

func (c *certificate) look() (fileLooks, error) {
	var l fileLooks
	chain, err1 := os.Stat(c.chainFile)
	if err1 == nil {
		l.chainTime, l.chainSize = chain.ModTime(), chain.Size()
	}
	key, err2 := os.Stat(c.keyFile)
	if err2 == nil {
		l.keyTime, l.keySize = key.ModTime(), key.Size()
	}
	return l, errors.Join(err1, err2)
}

func (c *certificate) read() (*tls.Certificate, error) {
	pair, err := tls.LoadX509KeyPair(c.chainFile, c.keyFile)
	if err != nil {
		return nil, err
	}
	return &pair, nil
}
