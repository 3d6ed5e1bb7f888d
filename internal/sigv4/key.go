package sigv4

import (
	"crypto/hmac"
	"crypto/sha256"
	"strings"
	"sync"
)

// maxKeys bounds the remembered signing keys: a few access keys, the Regions
// they sign for, and yesterday's date beside today's.
const maxKeys = 128

// keyring derives signing keys and remembers them. A changed secret is another
// entry, so a replaced key stops working at once. Safe for concurrent use.
type keyring struct {
	service string
	mu      sync.RWMutex
	keys    map[keyName][sha256.Size]byte
}

type keyName struct {
	secret [sha256.Size]byte // digest of access key id and secret
	date   string
	region string
}

func newKeyring(service string) *keyring {
	return &keyring{service: service, keys: make(map[keyName][sha256.Size]byte)}
}

// signingKey returns the key that secret signs with within the given scope.
func (k *keyring) signingKey(accessKeyID, secret, date, region string) [sha256.Size]byte {
	// No access key id holds a NUL: it came from a header.
	name := keyName{sha256.Sum256([]byte(accessKeyID + "\x00" + secret)), date, region}
	k.mu.RLock()
	key, ok := k.keys[name]
	k.mu.RUnlock()
	if ok {
		return key
	}
	key = mac([]byte("AWS4"+secret), date)
	for _, part := range []string{region, k.service, terminator} {
		key = mac(key[:], part)
	}
	// The map outlives the request; do not let it hold the header's memory.
	name.date, name.region = strings.Clone(date), strings.Clone(region)
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.keys) >= maxKeys {
		for old := range k.keys { // any one: dropping a key costs four HMACs
			delete(k.keys, old)
			break
		}
	}
	k.keys[name] = key
	return key
}

func mac(key []byte, data string) [sha256.Size]byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(data))
	var sum [sha256.Size]byte
	h.Sum(sum[:0])
	return sum
}
