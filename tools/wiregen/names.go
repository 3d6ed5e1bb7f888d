package main

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
)

// exported returns the Go field name of a member.
func exported(name string) string { return strings.ToUpper(name[:1]) + name[1:] }

// lowered returns a member's name as validation messages spell it.
func lowered(name string) string { return strings.ToLower(name[:1]) + name[1:] }

// enum plans the constants of an enumeration, in the order in which the
// service prints the set.
func enum(name string, s *shape) enumPlan {
	out := enumPlan{Name: name}
	for _, text := range s.Enum {
		out.Values = append(out.Values, enumValue{Const: name + camel(text), Text: text})
	}
	return out
}

// camel turns an enumeration's value into a part of a Go name: USER_SRP_AUTH
// becomes UserSrpAuth, phone_number PhoneNumber, InProgress stays.
func camel(text string) string {
	var out strings.Builder
	words := strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	for _, word := range words {
		if word == strings.ToUpper(word) {
			word = strings.ToLower(word)
		}
		out.WriteString(exported(word))
	}
	return out.String()
}

// raw returns text as a Go string literal, in back quotes when it can be.
func raw(text string) string {
	if strconv.CanBackquote(text) {
		return "`" + text + "`"
	}
	return strconv.Quote(text)
}

// quotedList returns the words as the inside of a []string literal.
func quotedList(words []string) string {
	quoted := make([]string, len(words))
	for i, word := range words {
		quoted[i] = fmt.Sprintf("%q", word)
	}
	return strings.Join(quoted, ", ")
}
