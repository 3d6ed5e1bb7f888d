package main

import (
	"bytes"
	"context"
	"crypto/rsa"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"poolhouse.dev/internal/srp"
	"poolhouse.dev/internal/srp/srptest"
)

// srpName is the row of sign-ins whose password is proved and never sent.
const srpName = "Sign-in with SRP"

// srpClient is the clients' half of the handshakes. Their secret is a small number, so
// that the exponentiation that follows from the password is all that they cost.
type srpClient struct {
	w    *world
	http *http.Client
	// identities holds the number k*g^x of each user and salt, which a client that
	// signs in again and again could keep as well.
	identities sync.Map
}

type srpIdentity struct{ x, subtrahend *big.Int }

var (
	srpSecret = big.NewInt(1<<16 + 1)
	srpPublic = srptest.Client{A: srpSecret}.Public()
)

// signIn signs a user in.
func (c *srpClient) signIn(ctx context.Context, name string) error {
	var asked struct {
		ChallengeParameters map[string]string
	}
	err := c.call(ctx, "InitiateAuth", map[string]any{
		"AuthFlow": "USER_SRP_AUTH", "ClientId": c.w.clientID, "AuthParameters": map[string]string{"USERNAME": name, "SRP_A": srpPublic.Text(16)},
	}, &asked)
	if err != nil {
		return err
	}
	p := asked.ChallengeParameters
	salt, err1 := hex.DecodeString(p["SALT"])
	block, err2 := base64.StdEncoding.DecodeString(p["SECRET_BLOCK"])
	public, ok := new(big.Int).SetString(p["SRP_B"], 16)
	if err1 != nil || err2 != nil || !ok {
		return fmt.Errorf("the challenge of %s cannot be read", name)
	}
	_, pool, _ := strings.Cut(c.w.poolID, "_")
	who := srptest.Client{PoolName: pool, Username: p["USER_ID_FOR_SRP"], Password: password, A: srpSecret}
	const timestamp = "Tue Nov 24 07:08:09 UTC 2026"
	u := srptest.Sum(srptest.Pad(srpPublic), srptest.Pad(public))
	id := c.identity(who, salt)
	s := public.Sub(public, id.subtrahend)
	s.Mod(s, srptest.Prime)
	s.Exp(s, new(big.Int).Add(srpSecret, new(big.Int).Mul(u, id.x)), srptest.Prime)
	claim := srptest.MAC(srptest.KeyFrom(u, s), append([]byte(pool+who.Username), append(block, timestamp...)...))
	var done struct{ AuthenticationResult *struct{} }
	err = c.call(ctx, "RespondToAuthChallenge", map[string]any{
		"ChallengeName": "PASSWORD_VERIFIER", "ClientId": c.w.clientID, "ChallengeResponses": map[string]string{
			"USERNAME": who.Username, "TIMESTAMP": timestamp, "PASSWORD_CLAIM_SECRET_BLOCK": p["SECRET_BLOCK"],
			"PASSWORD_CLAIM_SIGNATURE": base64.StdEncoding.EncodeToString(claim),
		},
	}, &done)
	if err == nil && done.AuthenticationResult == nil {
		err = fmt.Errorf("%s was not signed in", name)
	}
	return err
}

func (c *srpClient) identity(who srptest.Client, salt []byte) *srpIdentity {
	key := who.Username + string(salt)
	if kept, ok := c.identities.Load(key); ok {
		return kept.(*srpIdentity)
	}
	x := who.X(salt)
	k := srptest.Sum(srptest.Pad(srptest.Prime), srptest.Pad(big.NewInt(2)))
	id := &srpIdentity{x: x, subtrahend: new(big.Int).Mul(k, new(big.Int).Exp(big.NewInt(2), x, srptest.Prime))}
	c.identities.Store(key, id)
	return id
}

// call does one unsigned call.
func (c *srpClient) call(ctx context.Context, operation string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+c.w.server.addr+"/", bytes.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/x-amz-json-1.1")
	r.Header.Set("X-Amz-Target", "AWSCognitoIdentityProviderService."+operation)
	resp, err := c.http.Do(r)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: status %d: %s", operation, resp.StatusCode, text)
	}
	if err != nil {
		return err
	}
	return json.Unmarshal(text, out)
}

// srpSide is poolhouse under sign-ins by SRP.
func srpSide(w *world, connections int) side {
	c := &srpClient{w: w, http: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: connections}}}
	users := w.users[:w.passwords]
	var next atomic.Uint64
	rate := func(ctx context.Context, d time.Duration) (float64, error) {
		var total atomic.Int64
		errs := make([]error, connections)
		start := time.Now()
		var wg sync.WaitGroup
		for i := range connections {
			wg.Go(func() {
				for time.Since(start) < d && ctx.Err() == nil && errs[i] == nil {
					if errs[i] = c.signIn(ctx, users[next.Add(1)%uint64(len(users))].name); errs[i] == nil {
						total.Add(1)
					}
				}
			})
		}
		wg.Wait()
		return float64(total.Load()) / time.Since(start).Seconds(), errors.Join(append(errs, ctx.Err())...)
	}
	return side{fmt.Sprintf("poolhouse with %d users", w.size), rate, w.server}
}

// srpFloor is what a sign-in by SRP cannot do without: the server's three exponentiations
// and two signatures, and the client's own exponentiation, which the driver does on the
// same CPUs.
func srpFloor() (side, func() error, error) {
	salt := []byte("0123456789abcdef")
	verifier := srp.Verifier("bench", "person", password, salt)
	client := srpPublic.FillBytes(make([]byte, srp.Size))
	base, exponent := new(big.Int).SetBytes(verifier), new(big.Int).Lsh(big.NewInt(1), 511)
	exponent.Sub(exponent, big.NewInt(12345))
	return floor("the floor of a sign-in with SRP", func(key *rsa.PrivateKey) error {
		secret := srp.NewSecret()
		public, err := srp.Public(verifier, secret)
		if err != nil {
			return err
		}
		if _, err := srp.SessionKey(client, public, verifier, secret); err != nil {
			return err
		}
		new(big.Int).Exp(base, exponent, srptest.Prime)
		return errors.Join(sign(key), sign(key))
	})
}

// srpRows measures sign-ins by SRP against their floor, and the large store against the
// small one.
func (b *bench) srpRows(ctx context.Context, engine string, small, large *world) (err error) {
	if !b.wants(srpName) {
		return nil
	}
	base, done, err := srpFloor()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, done()) }()
	results, err := b.interleave(ctx, []side{srpSide(small, b.conns), srpSide(large, b.conns), base})
	if err != nil {
		return err
	}
	q := quotients(results[2].rates, results[0].rates)
	b.table.add(line{srpName, engine, fmt.Sprintf("%.2f floor", median(q)), spread(q), "≥ 0.8 floor", fmt.Sprintf("%s of %s", results[0], results[2])})
	q = quotients(results[0].rates, results[1].rates)
	b.table.add(line{fmt.Sprintf("%s, %d users against %d", srpName, large.size, small.size), engine, fmt.Sprintf("%.2f", median(q)), spread(q), "≥ 0.9",
		fmt.Sprintf("%s of %s", results[1], results[0])})
	return nil
}
