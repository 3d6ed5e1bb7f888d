package web

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"html/template"
	"net/http"
	"strconv"
	"strings"
)

//go:embed page.html page.css
var files embed.FS

var (
	style        = mustRead("page.css")
	pageTemplate = template.Must(template.ParseFS(files, "page.html"))
	pagePolicy   = strings.Join([]string{
		"default-src 'none'", "style-src " + hashSource(style), "form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'",
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

// page is one page.
type page struct {
	Title, Text string
	// Said is the role of the text for those who listen to the page: "status" or
	// "alert" for what just happened, "" for a question.
	Said string
	// Button, if not "", sends Fields to Action.
	Button, Action string
	Fields         []field
	Style          template.CSS
}

type field struct{ Name, Value string }

// show writes a page. What a link carries is a secret until it is used, so nothing
// keeps the page or learns its address.
func show(w http.ResponseWriter, status int, p page) {
	p.Style = template.CSS(style)
	var out bytes.Buffer
	if err := pageTemplate.Execute(&out, p); err != nil {
		http.Error(w, "The page cannot be shown.", http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Length", strconv.Itoa(out.Len()))
	h.Set("Content-Security-Policy", pagePolicy)
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	w.WriteHeader(status)
	_, _ = w.Write(out.Bytes())
}
