package conformance

import (
	"context"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

var findBrowser = sync.OnceValue(func() string {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
})

// browse opens a tab of a headless Chromium of its own, the size of a phone. The
// test is skipped where there is none, unless POOLHOUSE_REQUIRE_BROWSER=1.
func browse(t *testing.T, scheme string) context.Context {
	t.Helper()
	path := findBrowser()
	if path == "" {
		if os.Getenv("POOLHOUSE_REQUIRE_BROWSER") == "1" {
			t.Fatal("POOLHOUSE_REQUIRE_BROWSER=1, and there is no Chromium on the PATH")
		}
		t.Skip("there is no Chromium on the PATH")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.UserDataDir(t.TempDir()),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-quic", true))
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	ctx, closeBrowser := chromedp.NewExecAllocator(ctx, options...)
	t.Cleanup(closeBrowser)
	ctx, closeTab := chromedp.NewContext(ctx)
	t.Cleanup(func() {
		// Until Chromium is gone it writes to its folder, which is to be removed.
		_ = chromedp.Cancel(ctx)
		closeTab()
	})
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(360, 640, chromedp.EmulateMobile)); err != nil {
		t.Fatalf("starting Chromium: %v", err)
	}
	_, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
	})
	noError(t, err)
	return ctx
}

// looks is what is measured of a page.
type looks struct {
	Title      string
	Background string
	Color      string
	Label      string
	Fill       string
	// Overflow says that the page is wider than the window.
	Overflow bool
	Height   float64
}

const measure = `(() => {
	const main = document.querySelector("main"), button = document.querySelector("button");
	const style = getComputedStyle(main), own = button && getComputedStyle(button);
	return {
		Title: document.querySelector("h1").textContent, Background: style.backgroundColor, Color: style.color,
		Label: own ? own.color : "", Fill: own ? own.backgroundColor : "",
		Overflow: document.documentElement.scrollWidth > innerWidth, Height: button ? button.getBoundingClientRect().height : 0,
	};
})()`

// A person opens the link of a sign-up on a phone, by day or by night, and
// confirms with the keyboard alone.
func TestConfirmationLinkInABrowser(t *testing.T) {
	skipElsewhere(t)
	onEachEngine(t, func(t *testing.T, e *env) {
		f := newFixture(t, e, byLink)
		seen := map[string]looks{}
		for _, scheme := range []string{"light", "dark"} {
			did(f.signUp(t, scheme, "email="+scheme+"@browser.example"))(t)
			ctx := browse(t, scheme)
			noError(t, chromedp.Do(ctx, chromedp.Navigate(e.link(t, scheme+"@browser.example"))))
			before := did(chromedp.Run(ctx, chromedp.Evaluate[looks](measure)))(t)
			noError(t, chromedp.Do(ctx, chromedp.KeyEvent(kb.Tab), chromedp.KeyEvent(kb.Enter), chromedp.WaitVisible(`[role="status"]`)))
			after := did(chromedp.Run(ctx, chromedp.Evaluate[looks](measure)))(t)
			if before.Title != asked || after.Title != confirmed {
				t.Errorf("%s: %q, then %q", scheme, before.Title, after.Title)
			}
			if before.Overflow || after.Overflow || before.Height < 44 {
				t.Errorf("%s: not made for a phone: %+v, %+v", scheme, before, after)
			}
			if got := f.status(t, scheme); got != "CONFIRMED" {
				t.Errorf("%s: the user is %s", scheme, got)
			}
			seen[scheme] = before
		}
		day, night := seen["light"], seen["dark"]
		if day.Background == night.Background || day.Color == night.Color || day.Fill == night.Fill || day.Label == night.Label {
			t.Errorf("by day %+v, by night %+v", day, night)
		}
	})
}
