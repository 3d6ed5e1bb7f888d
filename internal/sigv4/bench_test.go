package sigv4_test

import "testing"

func BenchmarkVerify(b *testing.B) {
	v := verifier()
	r := plain().request(b)
	for b.Loop() {
		if _, err := v.Verify(r, []byte(body)); err != nil {
			b.Fatal(err)
		}
	}
}
