package config

import (
	"errors"
	"fmt"
	"math"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// SettingError says what is wrong with one setting and what to do.
type SettingError struct {
	// Setting is the flag with its dashes, or the variable of a secret.
	Setting string
	// Advice is a plain sentence without secrets.
	Advice string
}

// Error returns "<setting>: <advice>".
func (e *SettingError) Error() string { return e.Setting + ": " + e.Advice }

// problems gathers all that is wrong, so that one start shows everything.
type problems []error

func (p *problems) add(setting, format string, args ...any) {
	*p = append(*p, &SettingError{Setting: setting, Advice: fmt.Sprintf(format, args...)})
}

func (p problems) err() error { return errors.Join(p...) }

func (c Config) check(p *problems) {
	if c.Mode != ModeServe && c.Mode != ModeDev {
		p.add("mode", "%q is no mode; use %s or %s", c.Mode, ModeServe, ModeDev)
	}
	c.checkListen(p)
	c.checkPublicURL(p)
	c.checkTLS(p)
	c.checkOutbound(p)
	c.checkStorage(p)
	c.checkAccount(p)
	c.checkRateLimits(p)
	c.checkBeyond(p)
	c.checkSMTP(p)
	c.checkDrivers(p)
	oneOf(p, "--log-level", c.Log.Level, "debug", "info", "warn", "error")
	oneOf(p, "--log-format", c.Log.Format, "text", "json")
	checkDuration(p, "--request-timeout", c.RequestTimeout)
	checkDuration(p, "--shutdown-timeout", c.ShutdownTimeout)
	if c.Mode == ModeDev && (c.Inbox.Size < 1 || c.Inbox.Size > maxInbox) {
		p.add("--inbox-size", "%d messages cannot be kept; choose 1 to %d", c.Inbox.Size, maxInbox)
	}
}

const (
	// maxInbox bounds the memory of the inbox.
	maxInbox = 100_000
	// maxTimeout is far above any sensible one; more is a mistaken unit.
	maxTimeout = time.Hour
	// minRootSecret is the length of the shortest root secret, in bytes, that a
	// server which other machines can reach accepts.
	minRootSecret = 20
)

func oneOf(p *problems, setting, value string, allowed ...string) {
	if !slices.Contains(allowed, value) {
		p.add(setting, "%q is not known; choose one of %s", value, strings.Join(allowed, ", "))
	}
}

func checkDuration(p *problems, setting string, d time.Duration) {
	if d < time.Millisecond || d > maxTimeout {
		p.add(setting, "%s is out of range; choose between 1ms and %s", d, maxTimeout)
	}
}

func (c Config) checkStorage(p *problems) {
	if c.Data == "" {
		p.add("--data", "is empty; name a folder")
	}
	if c.MasterKey.IsSet() && c.KeyFile != "" {
		p.add("--key-file", "%s holds a key too; keep one of the two", envMasterKey)
	}
	if c.NextMasterKey.IsSet() && c.NextKeyFile != "" {
		p.add("--next-key-file", "%s holds a key too; keep one of the two", envNextKey)
	}
	if !c.MasterKey.IsSet() && c.KeyFile == "" {
		p.add("--key-file", "is empty; name the file of the master key or set %s", envMasterKey)
	}
	if !c.Database.IsSet() {
		if c.DatabaseUnsafeDurability {
			p.add("--database-unsafe-durability", "counts only for PostgreSQL; set --database or remove it")
		}
		return
	}
	if advice := databaseAdvice(c.Database.Reveal()); advice != "" {
		p.add("--database", "%s", advice)
	}
}

var (
	regionForm  = regexp.MustCompile(`^[a-z]{2}(-[a-z]+)+-[0-9]{1,2}$`)
	accountForm = regexp.MustCompile(`^[0-9]{12}$`)
	limitName   = regexp.MustCompile(`^[A-Za-z]+$`)
)

func (c Config) checkAccount(p *problems) {
	if !accountForm.MatchString(c.AccountID) {
		p.add("--account-id", "%q is not an account id; write exactly twelve digits", c.AccountID)
	}
	if len(c.Regions) == 0 {
		p.add("--region", "is empty; name at least one region")
	}
	for i, region := range c.Regions {
		switch {
		case region == AnyRegion && c.Mode != ModeDev:
			p.add("--region", "%s is for `poolhouse dev`; list the regions to answer for, such as us-east-1", AnyRegion)
		case region == AnyRegion && len(c.Regions) > 1:
			p.add("--region", "%s stands alone; remove it or the other regions", AnyRegion)
		case region != AnyRegion && !regionForm.MatchString(region):
			p.add("--region", "%q is not a region; write one such as us-east-1", region)
		case slices.Contains(c.Regions[:i], region):
			p.add("--region", "%s is listed twice; remove one", region)
		}
	}
	hasID, hasSecret := c.Root.AccessKeyID != "", c.Root.SecretAccessKey.IsSet()
	switch {
	case hasID && !hasSecret:
		p.add(envRootSecret, "is not set, but %s is; set both or neither", envRootID)
	case hasSecret && !hasID:
		p.add(envRootID, "is not set, but %s is; set both or neither", envRootSecret)
	case hasSecret && c.Mode == ModeServe && c.BeyondLoopback() && len(c.Root.SecretAccessKey.Reveal()) < minRootSecret:
		p.add(envRootSecret, "is shorter than %d characters, and other machines can reach --listen; choose a longer one or unset both, and the server makes a key", minRootSecret)
	}
}

// checkRateLimits judges the form only; package limit knows the categories.
func (c Config) checkRateLimits(p *problems) {
	if c.RateLimits != "default" {
		checkLimits(p, "--rate-limits", "default, off", c.RateLimits)
	}
	seen := map[string]bool{}
	for _, entry := range c.PoolRateLimits {
		pool, limits, found := strings.Cut(entry, ":")
		switch {
		case !found || !limitedPool.MatchString(pool):
			p.add("--pool-rate-limits", "%q does not begin with a pool; write an entry such as us-east-1_Abc123:UserRead=200, or *:UserRead=200", entry)
			continue
		case seen[pool]:
			p.add("--pool-rate-limits", "%s is there twice; keep one entry of each pool", pool)
		}
		seen[pool] = true
		checkLimits(p, "--pool-rate-limits", "off", limits)
	}
}

// limitedPool is the form of a pool's id, or * for every pool.
var limitedPool = regexp.MustCompile(`^(\*|[A-Za-z0-9-]+_[A-Za-z0-9]+)$`)

// checkLimits judges one list of limits; words are what can stand for a list.
func checkLimits(p *problems, setting, words, limits string) {
	if limits == "off" {
		return
	}
	for item := range strings.SplitSeq(limits, ",") {
		name, rate, found := strings.Cut(item, "=")
		if !found || !limitName.MatchString(name) {
			p.add(setting, "%q is not a limit; write %s or a list such as UserCreation=10,UserRead=200", item, words)
			continue
		}
		if n, err := strconv.ParseFloat(rate, 64); err != nil || n <= 0 || math.IsInf(n, 0) || math.IsNaN(n) {
			p.add(setting, "%q has no number of requests a second above 0; write one such as %s=10", item, name)
		}
	}
}

// Bounds of how long a change can be undone: a person needs time to read mail, and
// a right that lasts for ever is one that nobody remembers.
const (
	minUndo = time.Minute
	maxUndo = 30 * 24 * time.Hour
)

func (c Config) checkBeyond(p *problems) {
	if u := c.Beyond.EmailChangeUndo; u != 0 && (u < minUndo || u > maxUndo) {
		p.add("--email-change-undo", "%v is not between %v and %v", u, minUndo, maxUndo)
	}
	if h := c.Beyond.AttributeHistory; h != 0 && h < time.Hour {
		p.add("--attribute-history", "%v is not at least an hour", h)
	}
	if path := c.Beyond.BreachedPasswords; path != "" {
		checkReadable(p, "--breached-passwords", path)
	}
}

// checkReadable adds a problem unless path is a file that can be opened.
func checkReadable(p *problems, setting, path string) {
	f, err := os.Open(path)
	if err != nil {
		p.add(setting, "%v; name a file that can be read", err)
		return
	}
	defer func() { _ = f.Close() }()
	if info, err := f.Stat(); err == nil && info.IsDir() {
		p.add(setting, "%s is a folder; name a file", path)
	}
}
