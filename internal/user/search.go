package user

import (
	"strings"

	"poolhouse.dev/internal/pool"
)

// SearchColumn is a column of users that ListUsers can filter by. Apart from
// these, which are derived from the row at every write, a user's attributes are
// one document.
type SearchColumn string

// Search columns and the names by which filters ask for them.
const (
	SearchUsername   SearchColumn = "username"
	SearchSub        SearchColumn = "sub"
	SearchEmail      SearchColumn = "s_email"
	SearchPhone      SearchColumn = "s_phone_number"
	SearchName       SearchColumn = "s_name"
	SearchGivenName  SearchColumn = "s_given_name"
	SearchFamilyName SearchColumn = "s_family_name"
	SearchPreferred  SearchColumn = "s_preferred_username"
	SearchUserStatus SearchColumn = "status"
	SearchEnabled    SearchColumn = "enabled"
)

// searchColumns maps the attribute of a filter to its column.
var searchColumns = map[string]SearchColumn{
	"username":                 SearchUsername,
	pool.AttrSub:               SearchSub,
	pool.AttrEmail:             SearchEmail,
	pool.AttrPhone:             SearchPhone,
	"name":                     SearchName,
	"given_name":               SearchGivenName,
	"family_name":              SearchFamilyName,
	pool.AttrPreferredUsername: SearchPreferred,
	"cognito:user_status":      SearchUserStatus,
	"status":                   SearchEnabled,
}

// SearchColumnFor returns the column that a filter on name searches.
func SearchColumnFor(name string) (SearchColumn, bool) {
	c, ok := searchColumns[name]
	return c, ok
}

// FoldedAttributes are the attributes with a search column of their own, with
// those columns, in the order of the table.
var FoldedAttributes = []struct {
	Attribute string
	Column    SearchColumn
}{
	{pool.AttrEmail, SearchEmail},
	{pool.AttrPhone, SearchPhone},
	{"name", SearchName},
	{"given_name", SearchGivenName},
	{"family_name", SearchFamilyName},
	{pool.AttrPreferredUsername, SearchPreferred},
}

// FoldSearch returns value as the folded search columns hold it: normal form C
// and case-folded, since those searches do not tell case apart.
func FoldSearch(value string) string {
	if isPlainASCII(value) {
		return strings.ToLower(value)
	}
	return foldCase(value)
}

// Texts of the column "enabled".
const (
	EnabledText  = "Enabled"
	DisabledText = "Disabled"
)

// EnabledText returns what a filter on "status" compares with.
func (u *User) EnabledText() string {
	if u.Disabled {
		return DisabledText
	}
	return EnabledText
}
