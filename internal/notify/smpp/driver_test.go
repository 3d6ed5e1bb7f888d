package smpp_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"math/big"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"poolhouse.dev/internal/notify"
	"poolhouse.dev/internal/notify/smpp"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	number = "+15555550100"
	secret = "secret8"
)

func text(body string) notify.Message {
	return notify.Message{ID: "1", Medium: notify.SMS, To: number, Body: body, PoolID: "us-east-1_a"}
}

// driver returns a driver for a centre; change may be nil.
func driver(t *testing.T, c *centre, change func(*smpp.Config)) *smpp.Driver {
	t.Helper()
	addr := c.Addr().(*net.TCPAddr)
	config := smpp.Config{Host: "127.0.0.1", Port: addr.Port, SystemID: "poolhouse", Password: secret, Source: "Pool House", Dial: new(net.Dialer).DialContext}
	if change != nil {
		change(&config)
	}
	d, err := smpp.New(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return d
}

// The octets of a submit_sm, worked out by hand from 4.4.1 of the specification.
func TestSubmit(t *testing.T) {
	c := newCentre(t, nil)
	d := driver(t, c, nil)
	if err := d.Send(t.Context(), text("Code @12€")); err != nil {
		t.Fatal(err)
	}
	want := "00" + // service_type ""
		"0500" + "506f6f6c20486f75736500" + // alphanumeric "Pool House"
		"0101" + "313535353535353031303000" + // international "15555550100"
		"00" + "00" + "00" + "00" + "00" + "00" + "00" + // class, protocol, priority, times, receipt, replace
		"00" + "00" + // the default alphabet, no message of the centre's
		"0a" + "436f646520" + "00" + "3132" + "1b65" // 10 octets: "Code ", @ = 0, "12", € = escape e
	_, submits, commands := c.got()
	if len(submits) != 1 || hex.EncodeToString(submits[0]) != want {
		t.Errorf("sent %x\nwant %s", submits, want)
	}
	if !slices.Equal(commands[:2], []uint32{0x02, 0x04}) {
		t.Errorf("commands %x", commands)
	}
}

// body returns the text part of a submit_sm with its class and coding.
func body(t *testing.T, submit []byte) (class, coding byte, text []byte) {
	t.Helper()
	rest := submit[1:]
	for range 2 {
		end := bytes.IndexByte(rest[2:], 0)
		rest = rest[2+end+1:]
	}
	if int(rest[9]) != len(rest[10:]) {
		t.Fatalf("sm_length %d of %d octets", rest[9], len(rest[10:]))
	}
	return rest[0], rest[7], rest[10:]
}

func TestAlphabetsAndParts(t *testing.T) {
	a := func(n int) string { return strings.Repeat("a", n) }
	for name, tc := range map[string]struct {
		text   string
		coding byte
		sizes  []int // of the parts, without their headers
	}{
		"short":                        {"Your code is 123456", 0, []int{19}},
		"empty":                        {"", 0, []int{0}},
		"160":                          {a(160), 0, []int{160}},
		"161":                          {a(161), 0, []int{153, 8}},
		"two full parts":               {a(306), 0, []int{153, 153}},
		"an escape at the end":         {a(152) + "€" + a(10), 0, []int{152, 12}},
		"an escape that fits":          {a(151) + "€" + a(10), 0, []int{153, 10}},
		"160 with an escape":           {a(158) + "€", 0, []int{160}},
		"161 with an escape":           {a(159) + "€", 0, []int{153, 8}},
		"all of the extension":         {"^{}\\[~]|€\f", 0, []int{20}},
		"accents of the alphabet":      {"Grüße, ça và? ÉÑ", 8, []int{32}},
		"accents that it has":          {"Grüße, Çà è ÉÑ", 0, []int{14}},
		"70 of UCS-2":                  {strings.Repeat("я", 70), 8, []int{140}},
		"71 of UCS-2":                  {strings.Repeat("я", 71), 8, []int{134, 8}},
		"a pair that is not divided":   {strings.Repeat("я", 66) + "😀" + "яяяя", 8, []int{132, 12}},
		"a character that is escape":   {"\x1b", 8, []int{2}},
		"ten parts":                    {a(1530), 0, []int{153, 153, 153, 153, 153, 153, 153, 153, 153, 153}},
		"tab, which GSM does not have": {"a\tb", 8, []int{6}},
	} {
		t.Run(name, func(t *testing.T) {
			c := newCentre(t, nil)
			if err := driver(t, c, nil).Send(t.Context(), text(tc.text)); err != nil {
				t.Fatal(err)
			}
			_, submits, _ := c.got()
			var sizes []int
			var reference byte
			for i, submit := range submits {
				class, coding, octets := body(t, submit)
				if coding != tc.coding {
					t.Errorf("coding %d", coding)
				}
				if len(tc.sizes) > 1 {
					if i == 0 {
						reference = octets[3]
					}
					want := []byte{5, 0, 3, reference, byte(len(tc.sizes)), byte(i + 1)}
					if class != 0x40 || !bytes.Equal(octets[:6], want) {
						t.Errorf("class %#x, header %x, want %x", class, octets[:6], want)
					}
					octets = octets[6:]
				} else if class != 0 {
					t.Errorf("class %#x", class)
				}
				sizes = append(sizes, len(octets))
			}
			if !slices.Equal(sizes, tc.sizes) {
				t.Errorf("parts of %v octets, want %v", sizes, tc.sizes)
			}
		})
	}
}

func TestSources(t *testing.T) {
	for source, want := range map[string]string{
		"": "000000", "+4917012345": "010134393137303132333435" + "00", "12345": "0300" + "3132333435" + "00", "ACME-2": "0500" + "41434d452d32" + "00",
	} {
		c := newCentre(t, nil)
		if err := driver(t, c, func(c *smpp.Config) { c.Source = source }).Send(t.Context(), text("x")); err != nil {
			t.Fatal(err)
		}
		if _, submits, _ := c.got(); !strings.HasPrefix(hex.EncodeToString(submits[0]), "00"+want) {
			t.Errorf("%q: %x", source, submits[0])
		}
	}
}

// One session serves all who send, and is opened again after it ended.
func TestSessionIsShared(t *testing.T) {
	c := newCentre(t, nil)
	d := driver(t, c, nil)
	burst := func() {
		t.Helper()
		var all sync.WaitGroup
		for range 50 {
			all.Go(func() {
				if err := d.Send(t.Context(), text("x")); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
	}
	burst()
	if binds, submits, _ := c.got(); binds != 1 || len(submits) != 50 {
		t.Errorf("%d binds, %d messages", binds, len(submits))
	}
	c.dropAll()
	time.Sleep(20 * time.Millisecond)
	burst()
	if binds, submits, _ := c.got(); binds != 2 || len(submits) != 100 {
		t.Errorf("after a drop: %d binds, %d messages", binds, len(submits))
	}
}

func TestRefusals(t *testing.T) {
	for status, refused := range map[uint32]bool{
		0x0a: true, 0x0b: true, 0x45: true, 0x01: true, 0x1234: true,
		0x08: false, 0x14: false, 0x58: false, 0xff: false,
	} {
		c := newCentre(t, nil)
		c.set(func(c *centre) { c.status = status })
		d := driver(t, c, nil)
		err := d.Send(t.Context(), text("Your code is 987654"))
		if err == nil || notify.IsRefused(err) != refused {
			t.Errorf("%#x: %v", status, err)
			continue
		}
		for _, private := range []string{"987654", "5555550100", secret} {
			if strings.Contains(err.Error(), private) {
				t.Errorf("%#x: the error tells %s", status, private)
			}
		}
		c.set(func(c *centre) { c.status = 0 })
		if err := d.Send(t.Context(), text("x")); err != nil {
			t.Errorf("after %#x: %v", status, err)
		}
	}
	c := newCentre(t, nil)
	c.set(func(c *centre) { c.bindStatus = 0x0e })
	if err := driver(t, c, nil).Send(t.Context(), text("x")); err == nil || notify.IsRefused(err) || !strings.Contains(err.Error(), "invalid password") {
		t.Errorf("a wrong password: %v", err)
	}
	c = newCentre(t, nil)
	d := driver(t, c, nil)
	for name, m := range map[string]notify.Message{
		"mail":      {Medium: notify.Email, To: "a@example.com"},
		"no number": {Medium: notify.SMS, To: "15555550100"},
		"too long":  text(strings.Repeat("a", 1531)),
	} {
		if err := d.Send(t.Context(), m); !notify.IsRefused(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if binds, _, _ := c.got(); binds != 0 {
		t.Error("connected for a message that cannot be sent")
	}
}

// Trouble with the centre is told in time, and passes.
func TestTrouble(t *testing.T) {
	for name, change := range map[string]func(c *centre){
		"drops":              func(c *centre) { c.drop = true },
		"answers garbage":    func(c *centre) { c.garbage = true },
		"does not answer":    func(c *centre) { c.hang = true },
		"does not even bind": func(c *centre) { c.hangAll = true },
	} {
		t.Run(name, func(t *testing.T) {
			c := newCentre(t, nil)
			c.set(change)
			d := driver(t, c, nil)
			d.SetTimes(100*time.Millisecond, time.Minute, time.Hour)
			if err := d.Send(t.Context(), text("x")); err == nil || notify.IsRefused(err) {
				t.Errorf("got %v", err)
			}
			c.set(func(c *centre) { c.hang, c.hangAll, c.drop, c.garbage = false, false, false, false })
			if err := d.Send(t.Context(), text("x")); err != nil {
				t.Errorf("afterwards: %v", err)
			}
		})
	}
	c := newCentre(t, nil)
	c.set(func(c *centre) { c.hang = true })
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	d := driver(t, c, nil)
	d.SetTimes(time.Second, time.Minute, time.Hour)
	if err := d.Send(ctx, text("x")); err == nil || ctx.Err() == nil {
		t.Errorf("a call that ended: %v", err)
	}
	_ = c.Close()
	c.dropAll()
	if err := d.Send(t.Context(), text("x")); err == nil || notify.IsRefused(err) {
		t.Errorf("a centre that is gone: %v", err)
	}
}

// A quiet session is asked whether it lives, given up when nobody uses it, and
// replaced when its other side fell silent.
func TestQuietSessions(t *testing.T) {
	c := newCentre(t, nil)
	d := driver(t, c, nil)
	d.SetTimes(50*time.Millisecond, 10*time.Millisecond, 60*time.Millisecond)
	if err := d.Send(t.Context(), text("x")); err != nil {
		t.Fatal(err)
	}
	await(t, "an unbind", func() bool { _, _, commands := c.got(); return slices.Contains(commands, 0x06) })
	if _, _, commands := c.got(); !slices.Contains(commands, 0x15) {
		t.Errorf("commands %x", commands)
	}
	d.SetTimes(50*time.Millisecond, 10*time.Millisecond, time.Hour)
	if err := d.Send(t.Context(), text("x")); err != nil {
		t.Fatal(err)
	}
	c.set(func(c *centre) { c.hangAll = true })
	time.Sleep(150 * time.Millisecond)
	c.set(func(c *centre) { c.hangAll = false })
	if err := d.Send(t.Context(), text("x")); err != nil {
		t.Fatal(err)
	}
	if binds, _, _ := c.got(); binds != 3 {
		t.Errorf("%d binds, want 3", binds)
	}
}

func await(t *testing.T, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(5 * time.Second); !is(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("no %s", what)
		}
	}
}

func TestTLS(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(certificate)
	c := newCentre(t, &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}})
	if err := driver(t, c, func(c *smpp.Config) { c.TLS, c.Roots = true, roots }).Send(t.Context(), text("x")); err != nil {
		t.Error(err)
	}
	if err := driver(t, c, func(c *smpp.Config) { c.TLS = true }).Send(t.Context(), text("x")); err == nil {
		t.Error("a certificate of nobody is taken")
	}
	if binds, _, _ := c.got(); binds != 1 {
		t.Errorf("%d binds: the password went to a stranger", binds)
	}
}

func TestConfigIsChecked(t *testing.T) {
	for name, tc := range map[string]struct {
		change func(c *smpp.Config)
		want   string
	}{
		"no system id":    {func(c *smpp.Config) { c.SystemID = "" }, "system id is missing"},
		"long system id":  {func(c *smpp.Config) { c.SystemID = strings.Repeat("x", 16) }, "system id has more than 15"},
		"long password":   {func(c *smpp.Config) { c.Password = "123456789" }, "password has more than 8"},
		"long type":       {func(c *smpp.Config) { c.SystemType = "1234567890123" }, "system type has more than 12"},
		"other letters":   {func(c *smpp.Config) { c.SystemID = "pöl" }, "system id has other characters"},
		"long name":       {func(c *smpp.Config) { c.Source = "Poolhouse AG" }, "the sender"},
		"odd name":        {func(c *smpp.Config) { c.Source = "Pool\nhouse" }, "the sender"},
		"number, no plus": {func(c *smpp.Config) { c.Source = "4917012345" }, "the sender"},
		"long number":     {func(c *smpp.Config) { c.Source = "+1234567890123456" }, "the sender"},
	} {
		c := smpp.Config{Host: "h", Port: 1, SystemID: "x", Dial: new(net.Dialer).DialContext}
		tc.change(&c)
		if _, err := smpp.New(c); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v", name, err)
		} else if strings.Contains(err.Error(), "123456789") && strings.Contains(name, "password") {
			t.Errorf("%s: the error tells the password", name)
		}
	}
}

// FuzzReadPDU reads any octets; what is read has the size that it says.
func FuzzReadPDU(f *testing.F) {
	f.Add([]byte("\x00\x00\x00\x10\x80\x00\x00\x04\x00\x00\x00\x00\x00\x00\x00\x01"))
	f.Add([]byte("\x00\x00\x00\x13\x00\x00\x00\x05\x00\x00\x00\x00\x00\x00\x00\x01abc"))
	f.Add([]byte("\xff\xff\xff\xff\x00"))
	f.Fuzz(func(t *testing.T, octets []byte) {
		r := bytes.NewReader(octets)
		size, err := smpp.ReadPDU(r)
		if err == nil && size != len(octets)-r.Len() {
			t.Errorf("a unit of %d took %d octets", size, len(octets)-r.Len())
		}
	})
}
