package inbox

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"html/template"
	"net/http"
	"strings"
	"time"

	"poolhouse.dev/internal/notify"
)

// pageLimit is how many messages the page lists; the JSON has them all.
const pageLimit = 100

//go:embed page.html page.css page.js
var files embed.FS

var (
	style        = mustRead("page.css")
	script       = mustRead("page.js")
	pageTemplate = template.Must(template.ParseFS(files, "page.html"))
	pagePolicy   = strings.Join([]string{
		"default-src 'none'",
		"style-src " + hashSource(style),
		"script-src " + hashSource(script),
		"connect-src 'self'",
		"frame-src 'self'",
		"form-action 'self'",
		"base-uri 'none'",
		"frame-ancestors 'none'",
	}, "; ")
)

func mustRead(name string) string {
	text, err := files.ReadFile(name)
	if err != nil {
		panic(err)
	}
	return string(text)
}

// hashSource returns the policy source that allows exactly this inline text.
func hashSource(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// page is what the template shows.
type page struct {
	Style    template.CSS
	Script   template.JS
	Boot     string
	To       string
	Total    int
	Messages []pageMessage
}

type pageMessage struct {
	Number                        int
	To, Medium, Subject, Code     string
	Attribute, PoolID, Kind, Text string
	Time                          time.Time
}

func (b *Inbox) servePage(w http.ResponseWriter, r *http.Request) {
	to := destination(r)
	entries := b.entries(to)
	p := page{Style: template.CSS(style), Script: template.JS(script), Boot: b.boot, To: to, Total: len(entries)}
	for _, e := range entries[:min(len(entries), pageLimit)] {
		p.Messages = append(p.Messages, show(e))
	}
	var out bytes.Buffer
	if err := pageTemplate.Execute(&out, p); err != nil {
		http.Error(w, "The page cannot be shown.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Security-Policy", pagePolicy)
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = w.Write(out.Bytes())
}

func show(e entry) pageMessage {
	m := pageMessage{
		Number: e.number, To: e.To, Medium: "SMS", Subject: e.Subject, Code: e.Code,
		Attribute: e.Attribute, PoolID: e.PoolID, Kind: string(e.Kind), Time: e.Time.UTC(),
	}
	if e.Medium == notify.Email {
		m.Medium = "E-mail"
	} else {
		m.Text = e.Body
	}
	return m
}
