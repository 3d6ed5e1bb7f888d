package notify

import (
	"html"
	"strings"
)

// PlainText returns the text of an HTML body as somebody would read it aloud:
// tags gone, blocks on lines of their own, the address of a link after its text.
// It is a reading aid, not a sanitiser; what it returns is sent as text/plain.
func PlainText(body string) string {
	w := &plainWriter{}
	for body != "" {
		open := strings.IndexByte(body, '<')
		if open < 0 {
			open = len(body)
		}
		w.text(body[:open])
		body = body[open:]
		if body == "" {
			break
		}
		name, attributes, rest := cutTag(body)
		if rest == body {
			// A less-than sign that opens no tag.
			w.text("<")
			body = body[1:]
			continue
		}
		body = rest
		switch name {
		case "script", "style", "title":
			body = skipElement(body, name)
		default:
			w.tag(name, attributes)
		}
	}
	return w.String()
}

// cutTag splits a tag or comment off the front of s, which begins with '<'. The
// name is in lower case, "/p" for an end tag and "" for a comment. When s
// begins with neither, rest is s.
func cutTag(s string) (name, attributes, rest string) {
	if after, ok := strings.CutPrefix(s, "<!--"); ok {
		_, rest, _ = strings.Cut(after, "-->")
		return "", "", rest
	}
	if len(s) < 2 || !isTagLetter(s[1]) && s[1] != '/' && s[1] != '!' {
		return "", "", s
	}
	end, quote := 1, byte(0)
	for ; end < len(s); end++ {
		c := s[end]
		if quote != 0 {
			if c == quote {
				quote = 0
			}
			continue
		}
		if c == '"' || c == '\'' {
			quote = c
		}
		if c == '>' {
			break
		}
	}
	if end == len(s) {
		return "", "", s
	}
	inner := strings.TrimSuffix(s[1:end], "/")
	name, attributes = inner, ""
	if space := strings.IndexAny(inner, " \t\r\n"); space >= 0 {
		name, attributes = inner[:space], inner[space+1:]
	}
	return strings.ToLower(name), attributes, s[end+1:]
}

func isTagLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

// skipElement returns what follows the end tag of the named element.
func skipElement(s, name string) string {
	end := strings.Index(strings.ToLower(s), "</"+name)
	if end < 0 {
		return ""
	}
	_, rest, _ := strings.Cut(s[end:], ">")
	return rest
}

// href returns the address that the attributes of a link name, or "".
func href(attributes string) string {
	i := strings.Index(strings.ToLower(attributes), "href=")
	if i < 0 {
		return ""
	}
	value := attributes[i+len("href="):]
	if value == "" {
		return ""
	}
	if quote := value[:1]; quote == `"` || quote == "'" {
		value, _, _ = strings.Cut(value[1:], quote)
	} else if space := strings.IndexAny(value, " \t\r\n"); space >= 0 {
		value = value[:space]
	}
	return html.UnescapeString(value)
}

// plainWriter joins pieces of text, with one blank between words and at most
// one empty line between blocks.
type plainWriter struct {
	out   strings.Builder
	blank bool
	lines int
	link  string
}

func (w *plainWriter) text(s string) {
	s = html.UnescapeString(s)
	if s == "" {
		return
	}
	words := strings.Fields(s)
	w.blank = w.blank || strings.TrimLeft(s, " \t\r\n") != s
	for _, word := range words {
		w.word(word)
		w.blank = true
	}
	if len(words) > 0 {
		w.blank = strings.TrimRight(s, " \t\r\n") != s
	}
}

func (w *plainWriter) word(word string) {
	switch {
	case w.out.Len() == 0:
	case w.lines > 0:
		w.out.WriteString(strings.Repeat("\n", w.lines))
	case w.blank:
		w.out.WriteByte(' ')
	}
	w.out.WriteString(word)
	w.blank, w.lines = false, 0
}

func (w *plainWriter) tag(name, attributes string) {
	switch name {
	case "a":
		w.link = href(attributes)
	case "/a":
		if w.link != "" && !strings.HasSuffix(w.out.String(), w.link) {
			w.blank = true
			w.word("(" + w.link + ")")
		}
		w.link = ""
	case "br":
		w.lines = min(w.lines+1, 2)
	case "p", "/p", "h1", "/h1", "h2", "/h2", "h3", "/h3", "table", "/table", "ul", "/ul", "ol", "/ol":
		w.lines = 2
	case "div", "/div", "tr", "/tr", "li", "/li", "h4", "/h4", "h5", "/h5", "h6", "/h6":
		w.lines = max(w.lines, 1)
	case "td", "th":
		w.blank = true
	}
}

// String returns the text so far, ending in a line end.
func (w *plainWriter) String() string { return w.out.String() + "\n" }
