package main

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"errors"
	"runtime"
	"sync"
	"time"

	"poolhouse.dev/internal/srp"
)

// keyBits is the size of a pool's signing keys.
const keyBits = 2048

// signInFloor is what a sign-in with a password cannot do without: one modular
// exponentiation to 3072 bits and two signatures.
func signInFloor(*bench, requests) (side, func() error, error) {
	return floor("the floor of a sign-in", func(key *rsa.PrivateKey) error {
		srp.Verifier("bench", "person", password, []byte("0123456789abcdef"))
		return errors.Join(sign(key), sign(key))
	})
}

// refreshFloor is what a refresh cannot do without: two signatures.
func refreshFloor(*bench, requests) (side, func() error, error) {
	return floor("the floor of a refresh", func(key *rsa.PrivateKey) error {
		return errors.Join(sign(key), sign(key))
	})
}

func sign(key *rsa.PrivateKey) error {
	sum := sha256.Sum256([]byte("a token"))
	_, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, sum[:])
	return err
}

// floor is a side that does nothing but work, on every CPU.
func floor(name string, work func(*rsa.PrivateKey) error) (side, func() error, error) {
	key, err := rsa.GenerateKey(rand.Reader, keyBits)
	if err != nil {
		return side{}, nil, err
	}
	self, err := thisProcess()
	if err != nil {
		return side{}, nil, err
	}
	rate := func(ctx context.Context, d time.Duration) (float64, error) {
		n := runtime.GOMAXPROCS(0)
		counts, errs := make([]int, n), make([]error, n)
		start := time.Now()
		var wg sync.WaitGroup
		for i := range n {
			wg.Go(func() {
				for time.Since(start) < d && ctx.Err() == nil && errs[i] == nil {
					errs[i] = work(key)
					counts[i]++
				}
			})
		}
		wg.Wait()
		total := 0
		for _, c := range counts {
			total += c
		}
		return float64(total) / time.Since(start).Seconds(), errors.Join(append(errs, ctx.Err())...)
	}
	return side{name, rate, self}, func() error { return nil }, nil
}
