package foreignhash

import (
	"fmt"

	"golang.org/x/crypto/argon2"
)

// Argon2id's time grows with memory times passes: 2 GiB are some two seconds
// of one CPU.
const (
	maxArgonMemory  = maxMemory >> 10 // in KiB, as m is
	maxArgonPasses  = 100
	maxArgonWork    = 2 << 20 // m times t, in KiB
	maxArgonLanes   = 32
	minArgonSalt    = 8
	argonVersion    = "v=19"
	minArgonPerLane = 8 // KiB
)

type argon2idHash struct {
	memory, passes, lanes int
	salt, key             []byte
}

func parseArgon2id(rest string) (scheme, error) {
	const name = "argon2id"
	f, err := fields(name, rest, 4)
	if err != nil {
		return nil, err
	}
	if f[0] != argonVersion {
		return nil, formError("%s: the version is not %s", name, argonVersion)
	}
	p, err := parameters(name, f[1], "m", "t", "p")
	if err != nil {
		return nil, err
	}
	h := argon2idHash{memory: p[0], passes: p[1], lanes: p[2]}
	switch {
	case h.memory > maxArgonMemory:
		return nil, costError(name, "m", fmt.Sprintf("%d KiB", maxArgonMemory))
	case h.passes > maxArgonPasses:
		return nil, costError(name, "t", fmt.Sprint(maxArgonPasses))
	case h.memory*h.passes > maxArgonWork:
		return nil, costError(name, "m times t", fmt.Sprintf("%d KiB", maxArgonWork))
	case h.lanes > maxArgonLanes:
		return nil, costError(name, "p", fmt.Sprint(maxArgonLanes))
	case h.memory < minArgonPerLane*h.lanes:
		return nil, formError("%s: m is below %d times p", name, minArgonPerLane)
	}
	h.salt, h.key, err = saltAndKey(name, f[2], f[3], minArgonSalt)
	if err != nil {
		return nil, err
	}
	return h, nil
}

func (h argon2idHash) algorithm() string { return "argon2id" }

func (h argon2idHash) text() string {
	return fmt.Sprintf("$argon2id$%s$m=%d,t=%d,p=%d$%s$%s", argonVersion, h.memory, h.passes, h.lanes, encode(h.salt), encode(h.key))
}

func (h argon2idHash) matches(password string) bool {
	return equal(h.key, argon2.IDKey([]byte(password), h.salt, uint32(h.passes), uint32(h.memory), uint8(h.lanes), uint32(len(h.key))))
}
