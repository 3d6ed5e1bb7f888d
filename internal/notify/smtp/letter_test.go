package smtp_test

import (
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"poolhouse.dev/internal/notify"
	"poolhouse.dev/internal/notify/smtp"
)

// deliver sends m and returns its header and its parts by content type.
func deliver(t *testing.T, m notify.Message) (mail.Header, map[string]string) {
	t.Helper()
	r := &relay{}
	r.start(t, plain, false)
	if err := newDriver(t, r.config(smtp.None)).Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	parsed, err := mail.ReadMessage(strings.NewReader(r.received()[0].data))
	if err != nil {
		t.Fatal(err)
	}
	kind, params, err := mime.ParseMediaType(parsed.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/alternative" {
		t.Fatalf("content type %q: %v", kind, err)
	}
	parts := map[string]string{}
	for reader := multipart.NewReader(parsed.Body, params["boundary"]); ; {
		part, err := reader.NextRawPart()
		if err == io.EOF {
			return parsed.Header, parts
		}
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(quotedprintable.NewReader(part))
		if err != nil {
			t.Fatal(err)
		}
		kind, _, _ := mime.ParseMediaType(part.Header.Get("Content-Type"))
		parts[kind] = strings.ReplaceAll(string(text), "\r\n", "\n")
	}
}

func TestLetter(t *testing.T) {
	m := message()
	m.Subject = "Ihr Prüfcode"
	m.From = `"Grüße, das Team" <team@shop.example>`
	m.ReplyTo = "help@shop.example"
	m.Body = "Your code is <b>482913</b>.\n.\n"
	header, parts := deliver(t, m)

	decode := func(s string) string {
		text, err := new(mime.WordDecoder).DecodeHeader(s)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	from, err := header.AddressList("From")
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{
		"from":    from[0].Name + "|" + from[0].Address,
		"to":      header.Get("To"),
		"replyTo": header.Get("Reply-To"),
		"subject": decode(header.Get("Subject")),
		"id":      header.Get("Message-Id"),
		"date":    header.Get("Date"),
		"auto":    header.Get("Auto-Submitted"),
		"html":    parts["text/html"],
		"plain":   strings.TrimSpace(parts["text/plain"]),
	}
	want := map[string]string{
		"from":    "Grüße, das Team|team@shop.example",
		"to":      "<fixture@example.com>",
		"replyTo": "<help@shop.example>",
		"subject": "Ihr Prüfcode",
		"id":      "<0001-abcd@shop.example>",
		"date":    "Fri, 02 Jan 2026 03:04:05 +0000",
		"auto":    "auto-generated",
		"html":    m.Body,
		"plain":   "Your code is 482913. .",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for name, values := range header {
		if strings.Contains(strings.Join(values, " "), m.Code) {
			t.Errorf("header %s holds the code", name)
		}
	}
}

func TestLetterRepeatsItsMessageID(t *testing.T) {
	m := message()
	m.Time = time.Time{}
	first, _ := deliver(t, m)
	second, _ := deliver(t, m)
	if a, b := first.Get("Message-Id"), second.Get("Message-Id"); a != b || a != "<0001-abcd@pool.example>" {
		t.Errorf("%q, then %q", a, b)
	}
	m.ID = "a>\r\nBcc: x@example.com"
	odd, _ := deliver(t, m)
	if id := odd.Get("Message-Id"); len(id) != len("<@pool.example>")+64 || odd.Get("Bcc") != "" {
		t.Errorf("a strange id became %q", id)
	}
}

func TestSendRefusesInjection(t *testing.T) {
	tests := map[string]func(*notify.Message){
		"recipient":     func(m *notify.Message) { m.To = "a@example.com\r\nRCPT TO:<b@example.com>" },
		"subject":       func(m *notify.Message) { m.Subject = "Hi\r\nBcc: b@example.com" },
		"sender":        func(m *notify.Message) { m.From = "a@example.com>\r\nRCPT TO:<b@example.com" },
		"reply-to":      func(m *notify.Message) { m.ReplyTo = "a@example.com\nX: y" },
		"quoted":        func(m *notify.Message) { m.To = `"a@example.com> ORCPT=b"@example.com` },
		"a phone":       func(m *notify.Message) { m.Medium, m.To = notify.SMS, "+15555550100" },
		"non-ASCII":     func(m *notify.Message) { m.To = "ä@example.com" },
		"several names": func(m *notify.Message) { m.To = "a@example.com,b@example.com" },
	}
	r := &relay{}
	r.start(t, plain, false)
	d := newDriver(t, r.config(smtp.None))
	for name, change := range tests {
		t.Run(name, func(t *testing.T) {
			m := message()
			change(&m)
			if err := d.Send(t.Context(), m); !notify.IsRefused(err) {
				t.Errorf("Send() = %v", err)
			}
		})
	}
	if got := r.received(); len(got) != 0 {
		t.Errorf("the relay received %+v", got)
	}
}

func TestPlainAlternative(t *testing.T) {
	tests := map[string]struct{ body, want string }{
		"text alone":          {"Your code is 1", "Your code is 1"},
		"entities":            {"a &lt;b&gt; &amp; c", "a <b> & c"},
		"blanks":              {"  a \n\t b<b> c</b>d ", "a b cd"},
		"breaks":              {"a<br>b<BR/>c<br><br><br>d", "a\nb\nc\n\nd"},
		"paragraphs":          {"<p>a</p><p>b</p><div>c</div><div>d</div>", "a\n\nb\n\nc\nd"},
		"cells":               {"<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc"},
		"link":                {`<a class="x" href="https://a.example/?b=1&amp;c=2">Verify</a> now`, "Verify (https://a.example/?b=1&c=2) now"},
		"link showing itself": {`<a href='https://a.example/'>https://a.example/</a>`, "https://a.example/"},
		"link without quotes": {`<a href=https://a.example/ x>go</a>`, "go (https://a.example/)"},
		"style and script":    {`<style>p{}</style>a<script>if (1<2) {}</script>b<title>t</title>`, "ab"},
		"open style":          {`a<style>p{}`, "a"},
		"comment":             {"a<!-- <p>x -->b", "ab"},
		"less-than sign":      {"1 < 2 <3", "1 < 2 <3"},
		"open tag":            {"a <b", "a <b"},
		"quoted tag end":      {`a<img alt="x>y">b`, "ab"},
		"no text":             {"<p></p>", ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			m := message()
			m.Body = test.body
			_, parts := deliver(t, m)
			if got := strings.TrimSuffix(parts["text/plain"], "\n"); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}
