package pool

// UnbuiltSetting is a setting that poolhouse keeps and does not act on yet. The
// calls that would need it are refused, so that it never weakens anything.
type UnbuiltSetting struct {
	// Setting is the member that an administrator sets.
	Setting string
	// Refused are the calls that are refused because of it.
	Refused string
}

// UnbuiltSettings lists them all; `poolhouse operations` prints it, and each
// line has a test.
var UnbuiltSettings = []UnbuiltSetting{
	{"KeyConfiguration CUSTOMER_MANAGED_KEY", "CreateUserPool and UpdateUserPool with it"},
}
