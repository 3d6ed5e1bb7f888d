package directory_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"testing"

	"poolhouse.dev/internal/directory"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/row"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/store/faulty"
	"poolhouse.dev/internal/user"
	"poolhouse.dev/internal/vault"
)

const (
	noPool   = "ResourceNotFoundException: User pool eu-test-1_abcdefghi does not exist."
	noClient = "ResourceNotFoundException: User pool client client1 does not exist."
)

func TestPool(t *testing.T) {
	w := newWorld(t)
	for region, want := range map[string]string{"": "none", "eu-test-1": "none", "eu-test-2": noPool} {
		p, err := w.directory.Pool(in(t, region), poolID)
		wantFault(t, err, want)
		if (p != nil) != (want == "none") {
			t.Errorf("region %q: pool %v", region, p)
		}
	}
	_, err := w.directory.Pool(t.Context(), "eu-test-1_nosuchone")
	wantFault(t, err, "ResourceNotFoundException: User pool eu-test-1_nosuchone does not exist.")
	// The mark alone makes a pool unknown, also where the pool's row is still read.
	w.insert(&pool.Removal{PoolID: poolID})
	_, err = w.directory.Pool(t.Context(), poolID)
	wantFault(t, err, noPool)
}

func TestClient(t *testing.T) {
	w := newWorld(t)
	_, _, err := w.directory.Client(t.Context(), "client1")
	wantFault(t, err, noClient)
	w.insert(&pool.Client{ID: "client1", PoolID: poolID, Name: "web"})
	p, c, err := w.directory.Client(t.Context(), "client1")
	if err != nil || p.ID != poolID || c.Name != "web" {
		t.Fatalf("got %v, %v, %v", p, c, err)
	}
	if c, err := w.directory.ClientOf(t.Context(), poolID, "client1"); err != nil || c.Name != "web" {
		t.Errorf("got %v, %v", c, err)
	}
	_, err = w.directory.ClientOf(t.Context(), "eu-test-1_otherpool", "client1")
	wantFault(t, err, noClient)
	_, err = w.directory.ClientOf(t.Context(), poolID, "client2")
	wantFault(t, err, "ResourceNotFoundException: User pool client client2 does not exist.")
	w.commit(func(set *store.ChangeSet) { set.Delete(w.pool); set.Insert(&pool.Removal{PoolID: poolID}) })
	_, _, err = w.directory.Client(t.Context(), "client1")
	wantFault(t, err, noPool)
}

func secretHash(key, username, client string) *string {
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write([]byte(username + client))
	text := base64.StdEncoding.EncodeToString(mac.Sum(nil))
	return &text
}

func TestPublicClient(t *testing.T) {
	const (
		missing    = "NotAuthorizedException: Client client1 is configured with secret but SECRET_HASH was not received"
		wrong      = "NotAuthorizedException: Unable to verify secret hash for client client1"
		unexpected = "NotAuthorizedException: Client public is not configured for secret but secret was received"
	)
	w := newWorld(t)
	confidential := &pool.Client{ID: "client1", PoolID: poolID}
	sealed, err := newVault().Seal(directory.SecretPlace(confidential), []byte(secret))
	if err != nil {
		t.Fatal(err)
	}
	confidential.SealedSecret = sealed
	w.insert(confidential, &pool.Client{ID: "public", PoolID: poolID})
	right := secretHash(secret, "ann", "client1")
	cut, spaced, empty := (*right)[:len(*right)-1], *right+" ", ""
	for name, test := range map[string]struct {
		client pool.ClientID
		hash   *string
		want   string
	}{
		"right":                         {"client1", right, "none"},
		"missing":                       {"client1", nil, missing},
		"empty":                         {"client1", &empty, wrong},
		"of another user":               {"client1", secretHash(secret, "Ann", "client1"), wrong},
		"of another client":             {"client1", secretHash(secret, "ann", "client2"), wrong},
		"by another secret":             {"client1", secretHash(secret+"x", "ann", "client1"), wrong},
		"cut":                           {"client1", &cut, wrong},
		"with a blank":                  {"client1", &spaced, wrong},
		"none for a public client":      {"public", nil, "none"},
		"some for a public client":      {"public", right, unexpected},
		"empty one for a public client": {"public", &empty, unexpected},
		"unknown client":                {"client9", right, "ResourceNotFoundException: User pool client client9 does not exist."},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := w.directory.PublicClient(t.Context(), test.client, test.hash, "ann")
			wantFault(t, err, test.want)
		})
	}
	t.Run("sealed for another client", func(t *testing.T) {
		moved := &pool.Client{ID: "moved", PoolID: poolID, SealedSecret: sealed}
		if err := w.directory.VerifySecretHash(moved, secretHash(secret, "ann", "moved"), "ann"); !errors.Is(err, vault.ErrSealBroken) {
			t.Errorf("got %v", err)
		}
	})
	if got, err := w.directory.Secret(confidential); err != nil || string(got) != secret {
		t.Errorf("the secret is %q, %v", got, err)
	}
	if got, err := w.directory.Secret(&pool.Client{ID: "public"}); err != nil || got != nil {
		t.Errorf("the secret of a public client is %q, %v", got, err)
	}
}

func TestPlacesAreApart(t *testing.T) {
	u := &user.User{PoolID: poolID, Sub: annSub}
	want := vault.Place{Table: "users", Key: string(poolID) + "/" + string(annSub), Column: "verifier"}
	if got := directory.VerifierPlace(u); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if got := directory.PlaceOf(u, "other"); got == want {
		t.Error("two columns share a place")
	}
	if got := directory.SecretPlace(&pool.Client{ID: "c"}); got != (vault.Place{Table: "clients", Key: "c", Column: "secret"}) {
		t.Errorf("got %+v", got)
	}
}

func TestUserByEveryName(t *testing.T) {
	w := newWorld(t, aliases("email", "phone_number", "preferred_username"), insensitive)
	w.addUser(&user.User{Sub: annSub, Username: "Ann", Attributes: user.Attributes{
		{Name: "email", Value: "Ann@Example.com"}, {Name: "email_verified", Value: "true"},
		{Name: "phone_number", Value: "+15550100"}, {Name: "phone_number_verified", Value: "true"},
		{Name: "preferred_username", Value: "Ren\u00e9e"},
	}})
	w.addUser(&user.User{Sub: bobSub, Username: "bob", Attributes: user.Attributes{
		{Name: "email", Value: "bob@example.com"}, {Name: "email_verified", Value: "false"},
	}})
	for name, want := range map[string]user.Sub{
		"ann": annSub, "ANN": annSub, string(annSub): annSub, "ann@example.com": annSub, "+15550100": annSub, "RENE\u0301E": annSub,
		"bob": bobSub, string(bobSub): bobSub,
		"bob@example.com": "", "carl": "", "ann ": "", "ann\x00": "", "\xff": "", "": "", "carl@example.com": "",
	} {
		u, err := w.directory.User(t.Context(), w.pool, name)
		if err != nil {
			t.Fatal(err)
		}
		if got := subOf(u); got != want {
			t.Errorf("%q leads to %q, want %q", name, got, want)
		}
		existing, err := w.directory.ExistingUser(t.Context(), w.pool, name)
		if want == "" {
			wantFault(t, err, "UserNotFoundException: User does not exist.")
		} else if err != nil || existing.Sub != want {
			t.Errorf("%q: %v, %v", name, existing, err)
		}
	}
	other := *w.pool
	other.ID = "eu-test-1_otherpool"
	if u, err := w.directory.User(t.Context(), &other, "ann"); u != nil || err != nil {
		t.Errorf("another pool knows %v, %v", u, err)
	}
}

func subOf(u *user.User) user.Sub {
	if u == nil {
		return ""
	}
	return u.Sub
}

// TestAliasMustBeClaimed has alias rows that their users do not claim, as a
// reader sees them while another writer moves them.
func TestAliasMustBeClaimed(t *testing.T) {
	w := newWorld(t, aliases("email"))
	w.addUser(&user.User{Sub: annSub, Username: "ann", Attributes: user.Attributes{{Name: "email", Value: "ann@example.com"}, {Name: "email_verified", Value: "false"}}})
	for _, a := range []*user.Alias{
		{PoolID: poolID, Kind: user.AliasEmail, Key: "ann@example.com", Sub: annSub},  // not verified
		{PoolID: poolID, Kind: user.AliasEmail, Key: "gone@example.com", Sub: bobSub}, // no such user
		{PoolID: poolID, Kind: user.AliasName, Key: "carl", Sub: annSub},              // not the user's name
	} {
		w.insert(a)
		if u, err := w.directory.User(t.Context(), w.pool, a.Key); u != nil || err != nil {
			t.Errorf("%s leads to %v, %v", a.Key, u, err)
		}
	}
}

// TestEmailComesFirst has a user name of old that looks like another user's
// e-mail address.
func TestEmailComesFirst(t *testing.T) {
	w := newWorld(t, aliases("email"))
	w.addUser(&user.User{Sub: annSub, Username: "ann", Attributes: user.Attributes{{Name: "email", Value: "x@example.com"}, {Name: "email_verified", Value: "true"}}})
	w.addUser(&user.User{Sub: bobSub, Username: "x@example.com"})
	if u, err := w.directory.User(t.Context(), w.pool, "x@example.com"); err != nil || subOf(u) != annSub {
		t.Errorf("got %v, %v", u, err)
	}
}

func TestNobody(t *testing.T) {
	w := newWorld(t, insensitive)
	nobody := w.directory.Nobody(w.pool, "Carl")
	if len(nobody) != len(vault.NewSub()) {
		t.Errorf("%q is not as long as a user's", nobody)
	}
	if nobody == "" || nobody != w.directory.Nobody(w.pool, "CARL") {
		t.Error("spellings of one name stand for several nobodies")
	}
	if nobody == w.directory.Nobody(w.pool, "carla") {
		t.Error("two names stand for one nobody")
	}
	other := *w.pool
	other.ID = "eu-test-1_otherpool"
	if nobody == w.directory.Nobody(&other, "carl") {
		t.Error("two pools share a nobody")
	}
}

func TestStoreFailureIsNoAnswer(t *testing.T) {
	w := newWorld(t)
	w.addUser(&user.User{Sub: annSub, Username: "ann"})
	w.insert(&pool.Client{ID: "client1", PoolID: poolID})
	for failing := 1; failing <= 2; failing++ {
		broken := func() *directory.Directory {
			return directory.New(faulty.New(faulty.Config{Inner: w.store, Read: func(n int, _ []row.Row) faulty.Outcome {
				if n == failing {
					return faulty.Unavailable
				}
				return faulty.Pass
			}}), newVault())
		}
		if _, _, err := broken().Client(t.Context(), "client1"); !errors.Is(err, store.ErrUnavailable) {
			t.Errorf("read %d fails: the client is %v", failing, err)
		}
		if _, err := broken().ExistingUser(t.Context(), w.pool, "ann"); !errors.Is(err, store.ErrUnavailable) {
			t.Errorf("read %d fails: the user is %v", failing, err)
		}
	}
}
