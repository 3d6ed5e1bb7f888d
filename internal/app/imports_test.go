package app_test

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "poolhouse.dev/"

// layers are the packages of internal from the bottom up; a package imports
// packages of layers below its own, and of its own layer only those that stand
// before it. What is not listed is refused, so that a new package finds its
// place here first.
var layers = [][]string{
	{"row", "fault", "caller", "wire", "srp", "srp/srptest", "iam", "arn", "totp", "outbound", "mototest", "freeport", "sdkhttp"},
	{"pool", "instance", "sigv4", "limit", "webacl", "webacl/coraza"},
	{"user"},
	{"store", "store/cached", "store/faulty", "store/storetest", "store/storetest/pgtest"},
	{"store/sqlstore", "store/sqlstore/releasetest", "store/sqlstore/sqlite", "store/sqlstore/postgres"},
	{"foreignhash", "vault", "threat", "threat/geoip", "breach", "breach/gen", "passkey", "passkey/passkeytest", "ledger", "directory", "keyring", "passwords", "decoy", "notify", "notify/inbox", "notify/smtp", "notify/smpp", "notify/webhook", "notify/awsapi", "notify/ses", "notify/sns", "envelope", "envelope/awskms", "trigger", "trigger/httpfn", "trigger/awslambda", "outbox", "code", "watch", "token", "guard", "subject", "paging", "signin", "userimport", "sweep", "backup"},
	{"api/auth", "api/clients", "api/devices", "api/groups", "api/mfa", "api/passkeys", "api/pools", "api/recovery", "api/signup", "api/threats", "api/users", "api/apitest"},
	{"awsjson", "oauth", "web"},
	{"config", "telemetry"},
	{"app"},
	{"demo"},
}

// onlyIn are imports that few packages of internal may have; a path that ends in
// a slash stands for all below it.
var onlyIn = map[string][]string{
	module + "internal/config":                  {"app", "demo"},
	module + "internal/telemetry":               {"app"},
	module + "internal/store/sqlstore/sqlite":   {"app", "api/apitest"}, // the latter for tests of operations
	module + "internal/store/sqlstore/postgres": {"app"},
	"net/http": {
		"awsjson", "oauth", "web", "sigv4", "outbound", "sdkhttp", "notify/inbox", "notify/webhook", "notify/awsapi", "trigger/httpfn", "trigger/awslambda", "envelope/awskms", "telemetry", "app", "demo",
	},
	"database/sql":                  {"store/sqlstore", "store/sqlstore/sqlite", "store/sqlstore/postgres"},
	"github.com/jackc/pgx/v5":       {"store/sqlstore/postgres", "store/storetest/pgtest"},
	"modernc.org/sqlite":            {"store/sqlstore/sqlite"},
	"github.com/corazawaf/coraza/":  {"webacl/coraza"},
	"github.com/go-webauthn/":       {"passkey"},
	"github.com/oschwald/":          {"threat/geoip"},
	"github.com/aws/aws-sdk-go-v2/": {"demo", "notify/awsapi", "notify/ses", "notify/sns", "trigger/awslambda", "envelope/awskms"},
}

type goPackage struct {
	ImportPath                         string
	Imports, TestImports, XTestImports []string
}

func listPackages(t *testing.T, pattern string) []goPackage {
	t.Helper()
	cmd := exec.Command("go", "list", "-json=ImportPath,Imports,TestImports,XTestImports", pattern)
	cmd.Dir = "../.."
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var list []goPackage
	d := json.NewDecoder(strings.NewReader(string(out)))
	for {
		var p goPackage
		err := d.Decode(&p)
		if errors.Is(err, io.EOF) {
			return list
		}
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, p)
	}
}

// place returns the layer of a package of internal and its place in it.
func place(name string) (layer, index int, ok bool) {
	for i, names := range layers {
		if j := slices.Index(names, name); j >= 0 {
			return i, j, true
		}
	}
	return 0, 0, false
}

func TestImportsGoDownOnly(t *testing.T) {
	for _, p := range listPackages(t, "./internal/...") {
		name := strings.TrimPrefix(p.ImportPath, module+"internal/")
		if p.ImportPath == module+"internal" {
			continue
		}
		layer, index, ok := place(name)
		if !ok {
			t.Errorf("package %s has no place in the layers of this test", name)
			continue
		}
		for _, path := range p.Imports {
			below, found := strings.CutPrefix(path, module+"internal/")
			if !found {
				continue
			}
			l, i, _ := place(below)
			if l > layer || l == layer && (i >= index || strings.HasPrefix(name, "api/")) {
				t.Errorf("%s imports %s, which is not below it", name, below)
			}
		}
	}
}

func TestFewMayImport(t *testing.T) {
	for _, p := range listPackages(t, "./internal/...") {
		name := strings.TrimPrefix(p.ImportPath, module+"internal/")
		for _, path := range p.Imports {
			for prefix, allowed := range onlyIn {
				if (path == prefix || strings.HasPrefix(path, strings.TrimSuffix(prefix, "/")+"/")) && !slices.Contains(allowed, name) {
					t.Errorf("%s imports %s; only %v may", name, path, allowed)
				}
			}
		}
	}
}

// conformanceMay are the packages of internal that the suite works with: what is on
// the wire, throw-away databases, and an authenticator and a client of SRP, which
// know nothing of the server.
var conformanceMay = []string{module + "internal/wire", module + "internal/store/storetest/pgtest", module + "internal/passkey/passkeytest", module + "internal/srp/srptest"}

func TestConformanceSeesTheWireOnly(t *testing.T) {
	for _, p := range listPackages(t, "./conformance/...") {
		for _, path := range slices.Concat(p.Imports, p.TestImports, p.XTestImports) {
			if strings.HasPrefix(path, module+"internal/") && !slices.Contains(conformanceMay, path) {
				t.Errorf("%s imports %s", p.ImportPath, path)
			}
		}
	}
	for _, name := range []string{"./internal/passkey/passkeytest", "./internal/srp/srptest"} {
		for _, p := range listPackages(t, name) {
			for _, path := range p.Imports {
				if strings.HasPrefix(path, module) {
					t.Errorf("%s imports %s", p.ImportPath, path)
				}
			}
		}
	}
}
