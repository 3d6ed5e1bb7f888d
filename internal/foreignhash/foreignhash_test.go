package foreignhash_test

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"poolhouse.dev/internal/foreignhash"
)

const (
	salt16 = "c2FsdHNhbHRzYWx0c2FsdA"
	key32  = "CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"
)

func TestHashesThatCostTooMuchAreRefused(t *testing.T) {
	bcrypt := "$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"
	tests := []struct{ below, above, want string }{
		{"$2b$15" + bcrypt, "$2b$16" + bcrypt, "bcrypt: the cost is above 15"},
		{"$argon2id$v=19$m=262144,t=8,p=1$", "$argon2id$v=19$m=262145,t=1,p=1$", "m is above 262144 KiB"},
		{"$argon2id$v=19$m=20971,t=100,p=1$", "$argon2id$v=19$m=1024,t=101,p=1$", "t is above 100"},
		{"$argon2id$v=19$m=65536,t=32,p=1$", "$argon2id$v=19$m=65536,t=33,p=1$", "m times t is above 2097152 KiB"},
		{"$argon2id$v=19$m=65536,t=3,p=32$", "$argon2id$v=19$m=65536,t=3,p=33$", "p is above 32"},
		{"$scrypt$ln=20,r=2,p=1$", "$scrypt$ln=21,r=1,p=1$", "ln is above 20"},
		{"$scrypt$ln=10,r=64,p=1$", "$scrypt$ln=1,r=65,p=1$", "r is above 64"},
		{"$scrypt$ln=10,r=8,p=64$", "$scrypt$ln=1,r=8,p=65$", "p is above 64"},
		{"$scrypt$ln=18,r=8,p=1$", "$scrypt$ln=19,r=8,p=1$", "the memory that ln and r ask for is above 256 MiB"},
		{"$scrypt$ln=18,r=8,p=4$", "$scrypt$ln=18,r=8,p=5$", "times p, is above 1024 MiB"},
		{"$pbkdf2-sha256$i=5000000,l=32$", "$pbkdf2-sha256$i=5000001,l=32$", "i is above 5000000 for a hash of 32 bytes"},
		{"$pbkdf2-sha1$i=2500000,l=32$", "$pbkdf2-sha1$i=2500001,l=32$", "i is above 2500000 for a hash of 32 bytes"},
		{"$pbkdf2-sha512$5000000$", "$pbkdf2-sha512$16777216$", "i is above 5000000"},
		{"pbkdf2_sha256$5000000$", "pbkdf2_sha256$99999999999999999999$", "i is above 999999999"},
	}
	for _, tt := range tests {
		if !strings.HasPrefix(tt.below, "$2") {
			tt.below += salt16 + "$" + key32
			tt.above += salt16 + "$" + key32
		}
		if _, err := foreignhash.Parse(tt.below); err != nil {
			t.Errorf("%s: %v", tt.below, err)
		}
		_, err := foreignhash.Parse(tt.above)
		if !errors.Is(err, foreignhash.ErrCost) || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want ErrCost with %q", tt.above, err, tt.want)
		}
	}
	above := strings.Replace(firebaseText, "ln=14,r=8", "ln=19,r=8", 1)
	if _, err := foreignhash.Parse(above); !errors.Is(err, foreignhash.ErrCost) || !strings.Contains(err.Error(), "firescrypt") {
		t.Errorf("Firebase's: %v, want ErrCost", err)
	}
}

func TestOtherTextsAreRefused(t *testing.T) {
	tail := salt16 + "$" + key32
	tests := []struct{ text, want string }{
		{"", "begins with none"},
		{"secret", "begins with none"},
		{"5f4dcc3b5aa765d61d8327deb882cf99", "begins with none"},
		{"$1$" + tail, "begins with none"},
		{"$2x$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "begins with none"},
		{"$argon2i$v=19$m=65536,t=2,p=1$" + tail, "begins with none"},
		{"$argon2id$v=16$m=65536,t=2,p=1$" + tail, "version is not v=19"},
		{"$argon2id$m=65536,t=2,p=1$" + tail, "3 fields follow"},
		{"$argon2id$v=19$t=2,m=65536,p=1$" + tail, "parameters are not m, t, p"},
		{"$argon2id$v=19$m=65536,t=2$" + tail, "parameters are not m, t, p"},
		{"$argon2id$v=19$m=65536,t=2,p=1,data=AAAA$" + tail, "parameters are not m, t, p"},
		{"$argon2id$v=19$m=65536,t=0,p=1$" + tail, "t is not a number from 1"},
		{"$argon2id$v=19$m=+6553,t=2,p=1$" + tail, "m is not a number"},
		{"$argon2id$v=19$m=31,t=2,p=4$" + tail, "m is below 8 times p"},
		{"$argon2id$v=19$m=65536,t=2,p=1$c2FsdA$" + key32, "salt has not 8 to 1024"},
		{"$argon2id$v=19$m=65536,t=2,p=1$" + salt16 + "$c2FsdA", "hash has not 16 to 128"},
		{"$argon2id$v=19$m=65536,t=2,p=1$" + salt16 + "$" + strings.Repeat("A", 172), "hash has not 16 to 128"},
		{"$2b$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOe", "not 53 characters"},
		{"$2b$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyO=W", "not in bcrypt's base64"},
		{"$2b$05$CCCCCCCCCCCCCCCCCCCC+.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "salt is not in bcrypt's base64"},
		{"$2b$03$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "two digits from 04 on"},
		{"$2b$5$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "two digits from 04 on"},
		{"$2b$05", "1 fields follow"},
		{"$scrypt$ln=10,r=8,p=1$$" + key32, "salt has not 1 to 1024"},
		{"$scrypt$n=1024,r=8,p=1$" + tail, "parameters are not ln, r, p"},
		{"$scrypt$ln=10,r=8,p=1$" + tail + "$", "4 fields follow"},
		{"$scrypt$ln=10,r=8,p=1$!$" + key32, "salt is not base64"},
		{"$scrypt$ln=10,r=8,p=1$" + salt16 + "$!", "hash is not base64"},
		{"$firescrypt$ln=14,r=8,p=1$" + tail, "3 fields follow"},
		{"$firescrypt$ln=14,r=8,p=1$" + tail + "$Bw$" + salt16, "differ in length"},
		{"$firescrypt$ln=14,r=8,p=1$" + tail + "$!$" + key32, "salt separator is not base64"},
		{"$firescrypt$ln=14,r=8,p=1$" + tail + "$Bw$!", "signer key is not base64"},
		{"$pbkdf2-md5$i=1000,l=32$" + tail, "digest is none of"},
		{"pbkdf2_sha224$1000$" + tail, "digest is none of"},
		{"$pbkdf2-sha256$i=1000,l=31$" + tail, "l is not the length"},
		{"$pbkdf2-sha256$i=1000,n=32$" + tail, "parameters are not l"},
		{"$pbkdf2-sha256$l=32,i=1000$" + tail, "parameters are not i and l"},
		{"$pbkdf2-sha256$i=0,l=32$" + tail, "i is not a number from 1"},
		{"$pbkdf2-sha256$$" + tail, "i is not a number from 1"},
		{"pbkdf2_sha256$010$" + tail, "without leading zeros"},
		{"pbkdf2_sha256$1000$$" + key32, "salt has not 1 to 1024"},
		{"$pbkdf2-sha256$1000$" + salt16 + "$" + key32[:20] + "\n" + key32[20:], "control character"},
		{"pbkdf2_sha256$1000$sält$" + key32, "outside of ASCII"},
		{"pbkdf2_sha256$1000$" + strings.Repeat("x", 5000), "longer than 4096"},
	}
	for _, tt := range tests {
		h, err := foreignhash.Parse(tt.text)
		if !errors.Is(err, foreignhash.ErrForm) || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%q: %v, want ErrForm with %q", tt.text, err, tt.want)
			continue
		}
		for _, secret := range []string{salt16, key32, "E5YPO9"} {
			if strings.Contains(err.Error(), secret) {
				t.Errorf("the error %q quotes the hash", err)
			}
		}
		if h.Algorithm() != "" {
			t.Errorf("%q: a Hash beside the error", tt.text)
		}
	}
}

func TestBcryptIgnoresWhatFollowsThe72ndByte(t *testing.T) {
	h, err := foreignhash.Parse("$2b$04$abcdefghijklmnopqrstuum2G75IXDN/xsgbNa/hCiPSKyIHQd70S")
	if err != nil {
		t.Fatal(err)
	}
	seventyTwo := strings.Repeat("0123456789", 7) + "01"
	for password, want := range map[string]bool{
		seventyTwo:            true,
		seventyTwo + "tail":   true,
		seventyTwo[:71]:       false,
		seventyTwo[:71] + "x": false,
	} {
		if h.Matches(password) != want {
			t.Errorf("%d bytes: %v", len(password), !want)
		}
	}
}

func TestTheZeroHashMatchesNothing(t *testing.T) {
	var h foreignhash.Hash
	if h.Matches("") || h.String() != "" || h.Algorithm() != "" {
		t.Error("the zero Hash is some hash")
	}
}

func TestALogHoldsTheAlgorithmOnly(t *testing.T) {
	h, err := foreignhash.Parse("$pbkdf2-sha256$1000$" + salt16 + "$" + key32)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	slog.New(slog.NewJSONHandler(&out, nil)).Info("read", "hash", h)
	if !strings.Contains(out.String(), `"hash":"pbkdf2-sha256"`) || strings.Contains(out.String(), key32) {
		t.Errorf("the log is %s", out.String())
	}
}

// FuzzParse looks for texts that panic and for hashes that do not come back
// from their own text.
func FuzzParse(f *testing.F) {
	for _, v := range vectors {
		f.Add(v.text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		h, err := foreignhash.Parse(text)
		if err != nil {
			if !errors.Is(err, foreignhash.ErrForm) && !errors.Is(err, foreignhash.ErrCost) {
				t.Errorf("an error of neither kind: %v", err)
			}
			return
		}
		again, err := foreignhash.Parse(h.String())
		if err != nil {
			t.Fatalf("%q, the text of %q: %v", h.String(), text, err)
		}
		if again.String() != h.String() || again.Algorithm() != h.Algorithm() {
			t.Errorf("%q became %q", h.String(), again.String())
		}
	})
}
