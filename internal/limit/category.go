package limit

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Category is the name of a request-rate quota, as Service Quotas and the
// operations on provisioned limits spell it. All operations of a category
// share its rate.
type Category string

// The categories. UserFederation and ClientAuthentication are charged by the
// hosted endpoints as well, through AllowCategory.
const (
	UserAuthentication     Category = "UserAuthentication"
	UserCreation           Category = "UserCreation"
	UserFederation         Category = "UserFederation"
	UserAccountRecovery    Category = "UserAccountRecovery"
	UserRead               Category = "UserRead"
	UserUpdate             Category = "UserUpdate"
	UserToken              Category = "UserToken"
	UserResourceRead       Category = "UserResourceRead"
	UserResourceUpdate     Category = "UserResourceUpdate"
	UserList               Category = "UserList"
	UserPoolRead           Category = "UserPoolRead"
	UserPoolUpdate         Category = "UserPoolUpdate"
	UserPoolResourceRead   Category = "UserPoolResourceRead"
	UserPoolResourceUpdate Category = "UserPoolResourceUpdate"
	UserPoolClientRead     Category = "UserPoolClientRead"
	UserPoolClientUpdate   Category = "UserPoolClientUpdate"
	ClientAuthentication   Category = "ClientAuthentication"
	LimitManagement        Category = "LimitManagement"
)

// quota is a category with its default rate. The position in quotas is the
// category's number inside the limiter.
type quota struct {
	name Category
	rate float64
	// perPool says that each operation is capped for each pool besides.
	perPool bool
}

var quotas = [...]quota{
	{name: UserAuthentication, rate: 120},
	{name: UserCreation, rate: 50},
	{name: UserFederation, rate: 25},
	{name: UserAccountRecovery, rate: 30},
	{name: UserRead, rate: 120},
	{name: UserUpdate, rate: 25},
	{name: UserToken, rate: 120},
	{name: UserResourceRead, rate: 50},
	{name: UserResourceUpdate, rate: 25},
	{name: UserList, rate: 30},
	{name: UserPoolRead, rate: 15},
	{name: UserPoolUpdate, rate: 15},
	{name: UserPoolResourceRead, rate: 20, perPool: true},
	{name: UserPoolResourceUpdate, rate: 15, perPool: true},
	{name: UserPoolClientRead, rate: 15, perPool: true},
	{name: UserPoolClientUpdate, rate: 15, perPool: true},
	{name: ClientAuthentication, rate: 150},
	{name: LimitManagement, rate: 1},
}

// numbers finds a category's place in quotas.
var numbers = func() map[Category]int {
	m := make(map[Category]int, len(quotas))
	for i, q := range quotas {
		m[q.name] = i
	}
	return m
}()

// DefaultRate returns the rate in requests per second that Amazon grants a new
// account, or 0 for a name that is no category.
func (c Category) DefaultRate() float64 {
	if i, ok := numbers[c]; ok {
		return quotas[i].rate
	}
	return 0
}

// ParseRates reads rates in requests per second as "UserRead=500,UserUpdate=0.5".
// Blanks around names and numbers are allowed, the empty text means no rates.
// The error names the entry it cannot use.
func ParseRates(text string) (map[Category]float64, error) {
	rates := make(map[Category]float64)
	if strings.TrimSpace(text) == "" {
		return rates, nil
	}
	for entry := range strings.SplitSeq(text, ",") {
		name, number, ok := strings.Cut(entry, "=")
		if !ok {
			return nil, fmt.Errorf("rate %q: want Category=number", entry)
		}
		category := Category(strings.TrimSpace(name))
		if _, twice := rates[category]; twice {
			return nil, fmt.Errorf("rate %q: %s is given twice", entry, category)
		}
		rate, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
		if err != nil {
			return nil, fmt.Errorf("rate %q: %q is no number", entry, strings.TrimSpace(number))
		}
		if err := checkRate(category, rate); err != nil {
			return nil, fmt.Errorf("rate %q: %w", entry, err)
		}
		rates[category] = rate
	}
	return rates, nil
}

// maxRate keeps three times a rate within the int that a bucket's size is.
const maxRate = 1e8

func checkRate(category Category, rate float64) error {
	if _, ok := numbers[category]; !ok {
		return fmt.Errorf("no category %q", category)
	}
	if math.IsNaN(rate) || rate <= 0 || rate > maxRate {
		return fmt.Errorf("%s must be above 0 and at most %.0f requests per second", category, maxRate)
	}
	return nil
}
