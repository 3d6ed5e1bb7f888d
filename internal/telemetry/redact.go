package telemetry

import (
	"crypto"
	"encoding"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

const (
	redacted = "[redacted]"
	// maxDepth and maxItems bound what one attribute can expand to.
	maxDepth = 5
	maxItems = 50
)

// Redact is a slog ReplaceAttr function. It replaces with "[redacted]"
//   - what a type says is secret: LogValue of a secret type, at any depth of
//     structs, maps and lists, private keys, cookies and user parts of URLs;
//   - what a key says is secret: one with a word such as password, token,
//     secret, code, authorization or session, and everything within a group or
//     struct field so named;
//   - names and addresses of users, by key: username, email, phone.
//
// Bytes are shown as their count. Structs become groups of their exported
// fields, so that the rules reach inside; what lies deeper than a few levels is
// shown as its type.
func Redact(groups []string, a slog.Attr) slog.Attr {
	if len(groups) == 0 && isBuiltin(a) {
		return a
	}
	if sensitive(a.Key) || slices.ContainsFunc(groups, sensitive) {
		return slog.String(a.Key, redacted)
	}
	if a.Value.Kind() == slog.KindAny {
		a.Value = expand(a.Value.Any(), len(groups))
	}
	return a
}

// isBuiltin reports whether a is one of the handler's own attributes. A
// caller's attribute named like one but of another kind is not.
func isBuiltin(a slog.Attr) bool {
	switch a.Key {
	case slog.TimeKey:
		return a.Value.Kind() == slog.KindTime
	case slog.MessageKey:
		return a.Value.Kind() == slog.KindString
	case slog.LevelKey:
		_, ok := a.Value.Any().(slog.Level)
		return ok
	case slog.SourceKey:
		_, ok := a.Value.Any().(*slog.Source)
		return ok
	}
	return false
}

// secretWords are words that make a key sensitive wherever they stand in it:
// smtp_password, AccessToken and X-Amz-Security-Token all are.
var secretWords = words(`password passwords passphrase pwd secret secrets token tokens code codes otp totp pin
	authorization auth session sessions cookie cookies credential credentials signature assertion verifier salt srp
	jwt bearer nonce proof answer answers username usernames email emails phone destination`)

// secretPairs are adjacent words that make a key sensitive together.
var secretPairs = words(`access_key private_key master_key secret_key api_key key_material user_name login_name
	preferred_name set_cookie given_name family_name birth_date`)

// harmless are keys that the words above would hide for nothing.
var harmless = words(`status_code exit_code error_code http_code`)

func words(list string) map[string]bool {
	set := map[string]bool{}
	for _, word := range strings.Fields(list) {
		set[word] = true
	}
	return set
}

// sensitive reports whether a key names something that must not be logged.
func sensitive(key string) bool {
	parts := splitWords(key)
	if harmless[strings.Join(parts, "_")] {
		return false
	}
	for i, part := range parts {
		if secretWords[part] || i > 0 && secretPairs[parts[i-1]+"_"+part] {
			return true
		}
	}
	// A key in one piece, such as accesstoken, has no words to look at.
	whole := strings.Join(parts, "")
	return strings.Contains(whole, "password") || strings.Contains(whole, "token") || strings.Contains(whole, "secret")
}

// splitWords cuts a key at punctuation and where a capital begins a word, and
// lowers it: "newPassword", "new-password" and "NEW_PASSWORD" are the same.
func splitWords(key string) []string {
	var parts []string
	var word []rune
	flush := func() {
		if len(word) > 0 {
			parts = append(parts, strings.ToLower(string(word)))
			word = word[:0]
		}
	}
	runes := []rune(key)
	for i, r := range runes {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			flush()
			continue
		}
		// "SMTPPassword": the P before "assword" begins a word.
		begins := unicode.IsUpper(r) && i > 0 && (unicode.IsLower(runes[i-1]) || i+1 < len(runes) && unicode.IsLower(runes[i+1]))
		if begins {
			flush()
		}
		word = append(word, r)
	}
	flush()
	return parts
}

// expand turns any value into one whose parts the handler passes through Redact
// again. Depth is the number of groups around it.
func expand(v any, depth int) slog.Value {
	switch v := v.(type) {
	case nil:
		return slog.StringValue("<nil>")
	case crypto.Signer, crypto.Decrypter, *url.Userinfo, url.Userinfo, *http.Cookie, http.Cookie, *http.Request, http.Request, *http.Response, http.Response:
		return slog.StringValue(redacted)
	case *url.URL:
		if v == nil {
			return slog.StringValue("<nil>")
		}
		return slog.StringValue(withoutSecrets(*v))
	case url.URL:
		return slog.StringValue(withoutSecrets(v))
	case []byte:
		return slog.StringValue("[" + strconv.Itoa(len(v)) + " bytes]")
	case error, fmt.Stringer, fmt.Formatter, encoding.TextMarshaler:
		// Sprint survives methods that panic on nil.
		return slog.StringValue(fmt.Sprint(v))
	}
	return expandKind(reflect.ValueOf(v), depth)
}

// withoutSecrets drops what carries codes and tokens in URLs.
func withoutSecrets(u url.URL) string {
	u.User, u.RawQuery, u.ForceQuery, u.Fragment, u.RawFragment = nil, "", false, "", ""
	return u.String()
}

func expandKind(v reflect.Value, depth int) slog.Value {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			return slog.StringValue("<nil>")
		}
		return resolve(v.Elem(), depth)
	case reflect.Struct, reflect.Map, reflect.Slice, reflect.Array:
		if depth >= maxDepth {
			return slog.StringValue(v.Type().String())
		}
		return slog.GroupValue(members(v)...)
	case reflect.Bool:
		return slog.BoolValue(v.Bool())
	case reflect.String:
		return slog.StringValue(v.String())
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return slog.Int64Value(v.Int())
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		return slog.Uint64Value(v.Uint())
	case reflect.Float32, reflect.Float64:
		return slog.Float64Value(v.Float())
	}
	return slog.StringValue(v.Type().String())
}

// resolve expands what a pointer points to. A chain of pointers to itself ends
// at maxDepth.
func resolve(v reflect.Value, depth int) slog.Value {
	value := slog.AnyValue(v.Interface()).Resolve()
	if value.Kind() != slog.KindAny {
		return value
	}
	if depth >= maxDepth {
		return slog.StringValue(v.Type().String())
	}
	return expand(value.Any(), depth+1)
}

// members returns the parts of a struct, map or list as attributes. The handler
// resolves each and passes it through Redact.
func members(v reflect.Value) []slog.Attr {
	var attrs []slog.Attr
	switch v.Kind() {
	case reflect.Struct:
		for field, value := range v.Fields() {
			if field.IsExported() {
				attrs = append(attrs, slog.Any(field.Name, value.Interface()))
			}
		}
	case reflect.Map:
		for key, value := range v.Seq2() {
			if len(attrs) == maxItems {
				break
			}
			attrs = append(attrs, slog.Any(mapKey(key), value.Interface()))
		}
		slices.SortFunc(attrs, func(a, b slog.Attr) int { return strings.Compare(a.Key, b.Key) })
	default:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			return []slog.Attr{slog.Int("bytes", v.Len())}
		}
		for i := range min(v.Len(), maxItems) {
			attrs = append(attrs, slog.Any(strconv.Itoa(i), v.Index(i).Interface()))
		}
	}
	if more := v.Kind() != reflect.Struct && v.Len() > maxItems; more {
		attrs = append(attrs, slog.Int("omitted", v.Len()-maxItems))
	}
	return attrs
}

func mapKey(key reflect.Value) string {
	if value := slog.AnyValue(key.Interface()).Resolve(); value.Kind() != slog.KindAny {
		return value.String()
	}
	return fmt.Sprint(key.Interface())
}
