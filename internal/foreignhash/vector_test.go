package foreignhash_test

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"

	"poolhouse.dev/internal/foreignhash"
)

func b64(s string) string { return base64.RawStdEncoding.EncodeToString([]byte(s)) }

func unhex(s string) string {
	b, err := hex.DecodeString(s)
	if err != nil {
		panic(err)
	}
	return string(b)
}

func pbkdf2(digest string, iterations int, salt, key string) string {
	key = unhex(key)
	return fmt.Sprintf("$pbkdf2-%s$i=%d,l=%d$%s$%s", digest, iterations, len(key), b64(salt), b64(key))
}

func scrypt(log, block, chains int, salt, key string) string {
	return fmt.Sprintf("$scrypt$ln=%d,r=%d,p=%d$%s$%s", log, block, chains, b64(salt), b64(unhex(key)))
}

const (
	firebaseSigner = "jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA=="
	firebaseHash   = "lSrfV15cpx95/sZS2W9c9Kp6i/LVgQNDNC/qzrCnh1SAyZvqmZqAjTdn3aoItz+VHjoZilo78198JAdRuid5lQ=="
	firebaseText   = "$firescrypt$ln=14,r=8,p=1$42xEC+ixf3L2lw==$" + firebaseHash + "$Bw==$" + firebaseSigner
)

// vectors are hashes that others published or that their programs wrote.
var vectors = []struct {
	name, algorithm, text, password string
	canonical                       string // as text when empty
}{
	{
		name: "crypt_blowfish, 3 bytes", algorithm: "bcrypt", password: "U*U",
		text: "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
	},
	{
		name: "crypt_blowfish, 4 bytes", algorithm: "bcrypt", password: "U*U*",
		text: "$2y$05$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK",
	},
	{
		name: "crypt_blowfish, 5 bytes", algorithm: "bcrypt", password: "U*U*U",
		text: "$2b$05$XXXXXXXXXXXXXXXXXXXXXOAcXxm9kjPGEMsLznoKqmqw7tc8WCx4a",
	},
	{
		name: "crypt_blowfish, more than 72 bytes", algorithm: "bcrypt",
		password: "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789chars after 72 are ignored",
		text:     "$2a$05$abcdefghijklmnopqrstuu5s2v8.iXieOjg/.AySBTTZIIVFJeBui",
	},
	{
		name: "bcrypt, a salt whose last bits are set", algorithm: "bcrypt", password: "U*U",
		text:      "$2a$05$CCCCCCCCCCCCCCCCCCCCC/E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
		canonical: "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
	},
	{
		name: "python's bcrypt, UTF-8", algorithm: "bcrypt", password: "pässword✓",
		text: "$2b$05$abcdefghijklmnopqrstuuFaLSyGhUGUmjPJcHKxuKTSJRKn4FXXu",
	},
	{
		name: "the argon2 reference, 64 MiB", algorithm: "argon2id", password: "password",
		text: "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
	},
	{
		name: "the argon2 reference, one lane", algorithm: "argon2id", password: "password",
		text: "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
	},
	{
		name: "the argon2 reference, two lanes", algorithm: "argon2id", password: "password",
		text: "$argon2id$v=19$m=256,t=2,p=2$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f/5U52iv1cDc",
	},
	{
		name: "RFC 7914, 16 chains", algorithm: "scrypt", password: "password",
		text: scrypt(10, 8, 16, "NaCl", "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b3731622eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640"),
	},
	{
		name: "RFC 7914, 16 MiB", algorithm: "scrypt", password: "pleaseletmein",
		text: scrypt(14, 8, 1, "SodiumChloride", "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887"),
	},
	{
		name: "passlib's scrypt", algorithm: "scrypt", password: "password",
		text: "$scrypt$ln=10,r=8,p=1$c2FsdHNhbHQ$AOLXEESCcPmf2DxU3D47ZJxp5ZTcHC0S2Mb2eFXc4tI",
	},
	{
		name: "Firebase's sample", algorithm: "firescrypt", password: "user1password",
		text: firebaseText, canonical: strings.ReplaceAll(firebaseText, "==", ""),
	},
	{
		name: "RFC 6070, 1 iteration", algorithm: "pbkdf2-sha1", password: "password",
		text: pbkdf2("sha1", 1, "salt", "0c60c80f961f0e71f3a9b524af6012062fe037a6"),
	},
	{
		name: "RFC 6070, 4096 iterations", algorithm: "pbkdf2-sha1", password: "password",
		text: pbkdf2("sha1", 4096, "salt", "4b007901b765489abead49d926f721d065a429c1"),
	},
	{
		name: "RFC 6070, two blocks", algorithm: "pbkdf2-sha1", password: "passwordPASSWORDpassword",
		text: pbkdf2("sha1", 4096, "saltSALTsaltSALTsaltSALTsaltSALTsalt", "3d2eec4fe41c849b80c8d83662c0e44a8b291a964cf2f07038"),
	},
	{
		name: "RFC 6070, zero bytes", algorithm: "pbkdf2-sha1", password: "pass\x00word",
		text: pbkdf2("sha1", 4096, "sa\x00lt", "56fa6aa75548099dcc37d7f03425e0c3"),
	},
	{
		name: "RFC 7914, PBKDF2", algorithm: "pbkdf2-sha256", password: "Password",
		text: pbkdf2("sha256", 80000, "NaCl", "4ddcd8f60b98be21830cee5ef22701f9641a4418d04c0414aeff08876b34ab56a1d425a1225833549adb841b51c9b3176a272bdebba1d078478f62b397f33c8d"),
	},
	{
		name: "PHC without a length", algorithm: "pbkdf2-sha1", password: "password",
		text:      "$pbkdf2-sha1$i=1$c2FsdA$DGDID5YfDnHzqbUkr2ASBi/gN6Y=",
		canonical: "$pbkdf2-sha1$i=1,l=20$c2FsdA$DGDID5YfDnHzqbUkr2ASBi/gN6Y",
	},
	{
		name: "passlib, SHA-256", algorithm: "pbkdf2-sha256", password: "pässword",
		text:      "$pbkdf2-sha256$1000$....cGFzcy1zYWx0$4nDlSFdnEL4Maw95zIH76sqSzBU6qJbr0XJthB3069s",
		canonical: "$pbkdf2-sha256$i=1000,l=32$++++cGFzcy1zYWx0$4nDlSFdnEL4Maw95zIH76sqSzBU6qJbr0XJthB3069s",
	},
	{
		name: "passlib, SHA-1", algorithm: "pbkdf2-sha1", password: "password",
		text:      "$pbkdf2$1000$....cGFzcy1zYWx0$nukEuwu5x6ECMO7nhxecrAiHZps",
		canonical: "$pbkdf2-sha1$i=1000,l=20$++++cGFzcy1zYWx0$nukEuwu5x6ECMO7nhxecrAiHZps",
	},
	{
		name: "passlib, SHA-512", algorithm: "pbkdf2-sha512", password: "password",
		text:      "$pbkdf2-sha512$1000$....cGFzcy1zYWx0$IyWkmRzphzcsh2oYZOFvpNbBicLMB1w6tIiCdFPxX/9kKSjD5viJwahLxQiCTCA2w3RADj8UMBz7LR8Pl3956A",
		canonical: "$pbkdf2-sha512$i=1000,l=64$++++cGFzcy1zYWx0$IyWkmRzphzcsh2oYZOFvpNbBicLMB1w6tIiCdFPxX/9kKSjD5viJwahLxQiCTCA2w3RADj8UMBz7LR8Pl3956A",
	},
	{
		name: "Django, SHA-256", algorithm: "pbkdf2-sha256", password: "lètmein",
		text:      "pbkdf2_sha256$10000$seasalt2$skPdPHnAsVEsRcqTNPTvR47tkLzsQWTgrRtM6x/bAR0=",
		canonical: "$pbkdf2-sha256$i=10000,l=32$c2Vhc2FsdDI$skPdPHnAsVEsRcqTNPTvR47tkLzsQWTgrRtM6x/bAR0",
	},
	{
		name: "Django, SHA-1", algorithm: "pbkdf2-sha1", password: "lètmein",
		text:      "pbkdf2_sha1$10000$seasalt2$N7hRfuxM6rtpHfhC4Nno2iyXeNo=",
		canonical: "$pbkdf2-sha1$i=10000,l=20$c2Vhc2FsdDI$N7hRfuxM6rtpHfhC4Nno2iyXeNo",
	},
}

func TestMatchesTheirPasswordOnly(t *testing.T) {
	for _, v := range vectors {
		t.Run(v.name, func(t *testing.T) {
			h, err := foreignhash.Parse(v.text)
			if err != nil {
				t.Fatal(err)
			}
			if !h.Matches(v.password) {
				t.Error("the password does not match")
			}
			for _, wrong := range []string{"", v.password[1:], "x" + v.password, strings.ToUpper(v.password[:1]) + "~" + v.password[1:]} {
				if h.Matches(wrong) {
					t.Errorf("%q matches too", wrong)
				}
			}
			if got := h.Algorithm(); got != v.algorithm {
				t.Errorf("the algorithm is %q, want %q", got, v.algorithm)
			}
			want := v.canonical
			if want == "" {
				want = v.text
			}
			if got := h.String(); got != want {
				t.Errorf("the text is %q, want %q", got, want)
			}
		})
	}
}
