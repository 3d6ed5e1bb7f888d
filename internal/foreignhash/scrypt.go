package foreignhash

import (
	"fmt"

	"golang.org/x/crypto/scrypt"
)

// scrypt's memory is 128 * 2^ln * r bytes, and its time grows with that times
// p: 1 GiB is some three seconds of one CPU.
const (
	maxScryptLog    = 20
	maxScryptBlock  = 64
	maxScryptChains = 64
	maxScryptWork   = 1 << 30
)

// scryptCost is ln, r and p.
type scryptCost struct{ log, block, chains int }

func parseScryptCost(algorithm, text string) (scryptCost, error) {
	p, err := parameters(algorithm, text, "ln", "r", "p")
	if err != nil {
		return scryptCost{}, err
	}
	c := scryptCost{p[0], p[1], p[2]}
	switch {
	case c.log > maxScryptLog:
		return scryptCost{}, costError(algorithm, "ln", fmt.Sprint(maxScryptLog))
	case c.block > maxScryptBlock:
		return scryptCost{}, costError(algorithm, "r", fmt.Sprint(maxScryptBlock))
	case c.chains > maxScryptChains:
		return scryptCost{}, costError(algorithm, "p", fmt.Sprint(maxScryptChains))
	case c.memory() > maxMemory:
		return scryptCost{}, costError(algorithm, "the memory that ln and r ask for", fmt.Sprintf("%d MiB", maxMemory>>20))
	case c.memory()*c.chains > maxScryptWork:
		return scryptCost{}, costError(algorithm, "the memory that ln and r ask for, times p,", fmt.Sprintf("%d MiB", maxScryptWork>>20))
	}
	return c, nil
}

func (c scryptCost) memory() int { return 128 * c.block << c.log }

func (c scryptCost) text() string { return fmt.Sprintf("ln=%d,r=%d,p=%d", c.log, c.block, c.chains) }

// derive returns size bytes, or nothing if scrypt refuses the parameters,
// which the checks above do not let happen.
func (c scryptCost) derive(password string, salt []byte, size int) []byte {
	key, err := scrypt.Key([]byte(password), salt, 1<<c.log, c.block, c.chains, size)
	if err != nil {
		return nil
	}
	return key
}

type scryptHash struct {
	cost      scryptCost
	salt, key []byte
}

func parseScrypt(rest string) (scheme, error) {
	const name = "scrypt"
	f, err := fields(name, rest, 3)
	if err != nil {
		return nil, err
	}
	var h scryptHash
	if h.cost, err = parseScryptCost(name, f[0]); err != nil {
		return nil, err
	}
	if h.salt, h.key, err = saltAndKey(name, f[1], f[2], 1); err != nil {
		return nil, err
	}
	return h, nil
}

func (h scryptHash) algorithm() string { return "scrypt" }

func (h scryptHash) text() string {
	return fmt.Sprintf("$scrypt$%s$%s$%s", h.cost.text(), encode(h.salt), encode(h.key))
}

func (h scryptHash) matches(password string) bool {
	return equal(h.key, h.cost.derive(password, h.salt, len(h.key)))
}
