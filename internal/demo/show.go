package demo

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"
)

const (
	// lineWidth is how long a line may be before what it shows is spread out.
	lineWidth = 110
	// indent is how far what is inside of something stands to its right.
	indent = "  "
	// margin is how far the story stands from the left.
	margin = "     "
	// longText and longList are how long a text or list may be to be shown whole;
	// of a longer one, this much is shown.
	longText, shownText = 60, 16
	longList, shownList = 8, 2
)

// show renders a JSON text for a reader: what fits on a line stands on one, and
// tokens, other long texts and long lists are shortened. What is not JSON is
// shown as it is.
func show(text []byte) string {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var value any
	if err := d.Decode(&value); err != nil {
		return string(text)
	}
	return spread(shorten(value), margin)
}

// shorten cuts the long texts and lists in a JSON value.
func shorten(value any) any {
	switch v := value.(type) {
	case string:
		if n := utf8.RuneCountInString(v); n > longText {
			return fmt.Sprintf("%s… (%d characters)", string([]rune(v)[:shownText]), n)
		}
	case []any:
		shown := v
		if len(v) > longList {
			shown = v[:shownList]
		}
		cut := make([]any, 0, len(shown)+1)
		for _, member := range shown {
			cut = append(cut, shorten(member))
		}
		if len(v) > len(shown) {
			cut = append(cut, fmt.Sprintf("… and %d more", len(v)-len(shown)))
		}
		return cut
	case map[string]any:
		cut := make(map[string]any, len(v))
		for name, member := range v {
			cut[name] = shorten(member)
		}
		return cut
	}
	return value
}

// spread writes a JSON value on one line if it fits behind the given space, and
// else one member a line.
func spread(value any, space string) string {
	line := oneLine(value)
	if utf8.RuneCountInString(space+line) <= lineWidth {
		return line
	}
	inner := space + indent
	var members []string
	switch v := value.(type) {
	case []any:
		for _, member := range v {
			members = append(members, inner+spread(member, inner))
		}
		return "[\n" + strings.Join(members, ",\n") + "\n" + space + "]"
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			members = append(members, inner+oneLine(name)+": "+spread(v[name], inner))
		}
		return "{\n" + strings.Join(members, ",\n") + "\n" + space + "}"
	}
	return line
}

// oneLine writes a JSON value that came from JSON, which cannot fail.
func oneLine(value any) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(value)
	return strings.TrimSuffix(b.String(), "\n")
}
