package main

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// enumOrders are the sets whose printed order is known and not the model's.
var enumOrders = map[string][]string{
	"IdentityProviderTypeType": {"Facebook", "SAML", "SignInWithApple", "LoginWithAmazon", "OIDC", "Google"},
	"OAuthFlowType":            {"implicit", "client_credentials", "code"},
	"ExplicitAuthFlowsType": {
		"ALLOW_CUSTOM_AUTH", "ADMIN_NO_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH", "ALLOW_USER_PASSWORD_AUTH",
		"ALLOW_USER_SRP_AUTH", "CUSTOM_AUTH_FLOW_ONLY", "USER_PASSWORD_AUTH", "ALLOW_ADMIN_USER_PASSWORD_AUTH",
		"ALLOW_USER_AUTH", "ALLOW_CLIENT_TOKEN_AUTH", // their places are not known
	},
	"LogLevel":                              {"ERROR", "INFO"},
	"VerifiedAttributeType":                 {"phone_number", "email"},
	"UsernameAttributeType":                 {"phone_number", "email"},
	"AccountTakeoverEventActionType":        {"MFA_IF_CONFIGURED", "BLOCK", "NO_ACTION", "MFA_REQUIRED"},
	"EventFilterType":                       {"SIGN_IN", "PASSWORD_CHANGE", "SIGN_UP"},
	"CompromisedCredentialsEventActionType": {"BLOCK", "NO_ACTION"},
}

// livePatterns are patterns that the service checks in place of the model's.
var livePatterns = map[string]string{"PasswordType": `^[\S]+.*[\S]+$`}

// hidden reports whether messages leave out the value of the shape: all that
// the model calls sensitive but the client id, which the service prints.
func (b *builder) hidden(name string) bool {
	return b.Shapes[name].Sensitive && name != "ClientIdType"
}

// inTable reports whether the shape needs a row in the constraint table.
func (b *builder) inTable(name string) bool {
	s := b.Shapes[name]
	if s.Type == "structure" {
		return false
	}
	if s.Min != nil || s.Max != nil || s.Pattern != "" || len(s.Enum) > 0 {
		return true
	}
	return s.Type == "list" && b.inTable(s.Member) || s.Type == "map" && (b.inTable(s.Key) || b.inTable(s.Value))
}

// row returns the constraints of the shape called name and adds its pattern.
func (b *builder) row(p *plan, name string) (shapePlan, error) {
	s := b.Shapes[name]
	out := shapePlan{Name: name, Min: bound(s.Min), Max: bound(s.Max), Enum: s.Enum}
	if order, ok := enumOrders[name]; ok {
		if !slices.Equal(slices.Sorted(slices.Values(order)), slices.Sorted(slices.Values(s.Enum))) {
			return out, fmt.Errorf("the printed order of %s does not hold the model's values", name)
		}
		out.Enum = order
	}
	if elem := cmp.Or(s.Member, s.Value); elem != "" && b.inTable(elem) {
		out.Elem = elem
	}
	if s.Key != "" && b.inTable(s.Key) {
		out.Key = s.Key
	}
	text := cmp.Or(livePatterns[name], s.Pattern)
	if text == "" {
		return out, nil
	}
	if b.patterns[text] == "" {
		expr, err := translate(text)
		if err != nil {
			return out, err
		}
		class, err := classOf(text)
		if err != nil {
			return out, err
		}
		b.patterns[text] = "pattern" + name
		p.Patterns = append(p.Patterns, patternPlan{Name: "pattern" + name, Text: text, Expr: expr, Class: class})
	}
	out.Pattern = b.patterns[text]
	return out, nil
}

func bound(n *int64) string {
	if n == nil {
		return "none"
	}
	return strconv.FormatInt(*n, 10)
}

// lines returns the statements that check a structure, its members in
// alphabetical order.
func (b *builder) lines(name string) ([]string, error) {
	if lines, ok := b.checks[name]; ok {
		return lines, nil
	}
	b.checks[name] = nil // a structure that held itself would end here
	s := b.Shapes[name]
	sorted := slices.SortedFunc(slices.Values(s.Members), func(x, y member) int {
		return cmp.Compare(lowered(x.Name), lowered(y.Name))
	})
	var out []string
	for _, mem := range sorted {
		var flags []string
		if slices.Contains(s.Required, mem.Name) {
			flags = append(flags, "required")
		}
		if s.Sensitive || b.hidden(mem.Shape) {
			flags = append(flags, "hidden")
		}
		line, err := b.line(mem, strings.Join(flags, "|"))
		if err != nil {
			return nil, fmt.Errorf("%s.%s: %w", name, mem.Name, err)
		}
		if line != "" {
			out = append(out, line)
		}
	}
	b.checks[name] = out
	return out, nil
}

// line returns the statement that checks one member, or "" for none.
func (b *builder) line(mem member, flags string) (string, error) {
	s := b.Shapes[mem.Shape]
	flags = cmp.Or(flags, "optional")
	field, path := "v."+exported(mem.Name), strconv.Quote(lowered(mem.Name))
	table := "none"
	if b.inTable(mem.Shape) {
		table = "&shape" + mem.Shape
	}
	call := func(function string) string {
		return fmt.Sprintf("%s(c, %s, %s, %s, %s)", function, path, field, table, flags)
	}
	switch elem := b.Shapes[cmp.Or(s.Member, s.Value, mem.Shape)]; {
	case s.Type == "structure" && !s.Document:
		nested, err := b.lines(mem.Shape)
		if len(nested) > 0 || err != nil {
			return fmt.Sprintf("checkStructure(c, %s, %s, %s)", path, field, flags), err
		}
	case elem.Type == "structure" && (s.Type == "list" || s.Type == "map"):
		return b.containerLine(s, path, field, strings.Replace(table, "none", "nil", 1), flags)
	case table == "none":
	case s.Type == "list":
		return call("checkScalars"), nil
	default:
		return call(map[string]string{
			"string": "checkString", "integer": "checkInteger", "blob": "checkBlob", "map": "checkMap",
		}[s.Type]), nil
	}
	if strings.Contains(flags, "required") {
		return fmt.Sprintf("checkPresent(c, %s, %s != nil, %s)", path, field, flags), nil
	}
	return "", nil
}

// containerLine returns the statement for a list or map of structures. A
// violation of the container prints its structures whole, so none of them may
// hold a member that messages hide.
func (b *builder) containerLine(s *shape, path, field, table, flags string) (string, error) {
	elem := cmp.Or(s.Member, s.Value)
	nested, err := b.lines(elem)
	if err != nil {
		return "", err
	}
	if table != "nil" {
		inside, err := b.reachable(elem)
		if err != nil {
			return "", err
		}
		for name := range inside {
			if b.hidden(name) {
				return "", fmt.Errorf("%s would be printed as part of %s", name, path)
			}
		}
	}
	if len(nested) == 0 && table == "nil" && !strings.Contains(flags, "required") {
		return "", nil
	}
	function := "checkStructures"
	if s.Type == "map" {
		function = "checkStructureMap"
	}
	return fmt.Sprintf("%s(c, %s, %s, %s, %s)", function, path, field, table, flags), nil
}
