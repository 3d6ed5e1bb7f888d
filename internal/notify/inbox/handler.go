package inbox

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"poolhouse.dev/internal/notify"
)

// The paths of the inbox.
const (
	PagePath = "/_poolhouse/inbox"
	JSONPath = "/_poolhouse/inbox.json"
	bodyPath = "/_poolhouse/inbox/body/"
)

// mailPolicy is the Content-Security-Policy of a mail's own document. A mail is
// whatever a template or a trigger made of it, so it runs nothing, loads nothing
// and has an origin of its own.
const mailPolicy = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'"

func (b *Inbox) routes() *http.ServeMux {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+PagePath, b.servePage)
	mux.HandleFunc("GET "+JSONPath, b.serveJSON)
	mux.HandleFunc("GET "+bodyPath+"{number}", b.serveBody)
	return mux
}

// ServeHTTP answers the paths below /_poolhouse/inbox: the page, the JSON with
// an optional to=<exact destination>, and the mail bodies that the page frames.
// It answers 403 to web pages of other origins and to host names that are not
// this server's, and never sends a CORS header.
func (b *Inbox) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cache-Control", "no-store")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	if !b.mayRead(r) {
		http.Error(w, "The inbox answers only under this server's own address, typed or linked from itself.", http.StatusForbidden)
		return
	}
	b.mux.ServeHTTP(w, r)
}

// jsonMessage is a message as tests read it.
type jsonMessage struct {
	To        string        `json:"to"`
	Medium    notify.Medium `json:"medium"`
	Subject   string        `json:"subject"`
	Body      string        `json:"body"`
	Code      string        `json:"code"`
	Attribute string        `json:"attribute"`
	Time      time.Time     `json:"time"`
}

func (b *Inbox) serveJSON(w http.ResponseWriter, r *http.Request) {
	answer := struct {
		Messages []jsonMessage `json:"messages"`
	}{Messages: []jsonMessage{}}
	for _, m := range b.Messages(destination(r)) {
		answer.Messages = append(answer.Messages, jsonMessage{
			To: m.To, Medium: m.Medium, Subject: m.Subject, Body: m.Body,
			Code: m.Code, Attribute: m.Attribute, Time: m.Time.UTC(),
		})
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(answer)
}

// destination returns the destination that r asks for. No destination holds a
// blank, so one in the query is a plus sign that was not escaped.
func destination(r *http.Request) string {
	return strings.ReplaceAll(r.URL.Query().Get("to"), " ", "+")
}

// serveBody shows one mail as a mail reader would: on white, since that is what
// mails are written for.
func (b *Inbox) serveBody(w http.ResponseWriter, r *http.Request) {
	number, err := strconv.Atoi(r.PathValue("number"))
	m, ok := b.message(number)
	if err != nil || !ok || m.Medium != notify.Email {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Security-Policy", mailPolicy)
	// Browsers refuse a sandboxed document that asks for an opener policy.
	w.Header().Del("Cross-Origin-Opener-Policy")
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = w.Write([]byte(mailHead + m.Body))
}

const mailHead = `<!doctype html><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Message</title>
<style>body{margin:1rem;font:1rem/1.5 system-ui,sans-serif;color:#1b1b1f;background:#fff;overflow-wrap:anywhere}</style>
`
