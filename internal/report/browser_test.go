package report_test

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// chromium returns the browser that KRUSTUP_BROWSER names, or one that is on PATH.
func chromium(t *testing.T) string {
	t.Helper()
	if name := os.Getenv("KRUSTUP_BROWSER"); name != "" {
		path, err := exec.LookPath(name)
		if err != nil {
			t.Fatalf("KRUSTUP_BROWSER is %q: %v", name, err)
		}
		return path
	}
	for _, name := range []string{"chromium", "google-chrome", "google-chrome-stable"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Skip("no chromium or google-chrome on PATH")
	return ""
}

// browser starts a headless Chromium, and returns functions that list its complaints and its requests.
func browser(t *testing.T) (ctx context.Context, complaints, requests func() []string) {
	t.Helper()
	path := chromium(t)
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.UserDataDir(t.TempDir()), chromedp.WSURLReadTimeout(2*time.Minute),
		chromedp.Flag("disable-dev-shm-usage", true))
	allocated, cancel := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(allocated)
	t.Cleanup(cancel)
	ctx, cancel = context.WithTimeout(ctx, 3*time.Minute)
	t.Cleanup(cancel)
	var mu sync.Mutex
	var complained, fetched []string
	chromedp.ListenTarget(ctx, func(event any) {
		mu.Lock()
		defer mu.Unlock()
		switch e := event.(type) {
		case *runtime.EventExceptionThrown:
			complained = append(complained, e.ExceptionDetails.Error())
		case *runtime.EventConsoleAPICalled:
			complained = append(complained, fmt.Sprintf("console.%s", e.Type))
		case *log.EventEntryAdded:
			complained = append(complained, e.Entry.Text)
		case *network.EventRequestWillBeSent:
			fetched = append(fetched, e.Request.URL)
		}
	})
	copied := func(list *[]string) func() []string {
		return func() []string {
			mu.Lock()
			defer mu.Unlock()
			return append([]string(nil), *list...)
		}
	}
	return ctx, copied(&complained), copied(&fetched)
}

// holds waits until an expression of JavaScript is true.
func holds(t *testing.T, ctx context.Context, expression string) {
	t.Helper()
	var yes bool
	if err := chromedp.Run(ctx, chromedp.Poll(expression, &yes, chromedp.WithPollingTimeout(20*time.Second))); err != nil || !yes {
		var state string
		_ = chromedp.Run(ctx, chromedp.Evaluate(`location.hash + " q=" + document.getElementById("q").value + " " + document.getElementById("count").textContent`, &state))
		t.Fatalf("timeout waiting for %s: %v; the page is at %s", expression, err, state)
	}
}

func do(t *testing.T, ctx context.Context, actions ...chromedp.Action) {
	t.Helper()
	if err := chromedp.Run(ctx, actions...); err != nil {
		t.Fatal(err)
	}
}

// shoot saves a screenshot for people to look at, when KRUSTUP_SCREENSHOTS names a directory.
func shoot(t *testing.T, ctx context.Context, name string) {
	t.Helper()
	dir := os.Getenv("KRUSTUP_SCREENSHOTS")
	if dir == "" {
		return
	}
	var picture []byte
	do(t, ctx, chromedp.CaptureScreenshot(&picture))
	if err := os.WriteFile(filepath.Join(dir, name+".png"), picture, 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestInABrowser uses the page as a reader would: with the keyboard, on a desktop and on a phone.
func TestInABrowser(t *testing.T) {
	ctx, complaints, requests := browser(t)
	file := filepath.Join(t.TempDir(), "report.html")
	if err := os.WriteFile(file, written(t, sample()), 0o644); err != nil {
		t.Fatal(err)
	}
	address := (&url.URL{Scheme: "file", Path: file}).String()
	const shown = `[...document.querySelectorAll("#matrix tbody tr")].filter(r => !r.hidden).map(r => r.dataset.name).join(" ")`
	do(t, ctx, network.Enable(), log.Enable(), chromedp.EmulateViewport(1280, 1000), chromedp.Navigate(address))
	holds(t, ctx, `!document.getElementById("filters").hidden`)
	holds(t, ctx, shown+` === "arm64 m68k x86_64"`)
	shoot(t, ctx, "light")

	// A slash focuses the search, typing filters, and the count is updated. There is no char event: a browser sends none
	// when the page handles the key.
	do(t, ctx, input.DispatchKeyEvent(input.KeyRawDown).WithKey("/"), input.DispatchKeyEvent(input.KeyUp).WithKey("/"))
	holds(t, ctx, `document.activeElement.id === "q"`)
	do(t, ctx, chromedp.KeyEvent("m68"))
	holds(t, ctx, shown+` === "m68k" && document.getElementById("count").textContent === "1 of 3 targets"`)
	holds(t, ctx, `location.hash === "#q=m68" && document.getElementById("target-arm64").hidden`)

	// The URL restores the filter, and the reader can follow a link to a target and go back.
	do(t, ctx, chromedp.Reload())
	holds(t, ctx, `document.getElementById("q").value === "m68" && `+shown+` === "m68k"`)
	do(t, ctx, chromedp.Click(`#matrix a[href="#target-m68k"]`, chromedp.ByQuery))
	holds(t, ctx, `location.hash === "#target-m68k" && document.querySelector(":target").dataset.name === "m68k"`)
	shoot(t, ctx, "target")
	do(t, ctx, chromedp.NavigateBack())
	holds(t, ctx, `location.hash === "#q=m68" && `+shown+` === "m68k"`)

	// A link to a target that the filter hides makes it visible.
	do(t, ctx, chromedp.Evaluate(`location.hash = "#target-arm64"`, nil))
	holds(t, ctx, `!document.getElementById("target-arm64").hidden`)

	for filter, want := range map[string]string{
		"#backend=llvm&status=works": "arm64 x86_64", "#rust=no": "m68k", "#bits=32": "m68k", "#endian=little": "arm64 x86_64",
		"#backend=gccrs": "arm64 m68k", "#status=none": "x86_64", "#q=nothing+at+all": "",
	} {
		do(t, ctx, chromedp.Evaluate(fmt.Sprintf("location.hash = %q", filter), nil))
		holds(t, ctx, fmt.Sprintf("%s === %q", shown, want))
	}
	do(t, ctx, chromedp.Click(`#filters button[type="reset"]`, chromedp.ByQuery))
	holds(t, ctx, shown+` === "arm64 m68k x86_64" && location.hash === ""`)

	// Switching between light and dark with the keyboard.
	const paper = `getComputedStyle(document.documentElement).backgroundColor`
	holds(t, ctx, paper+` === "rgb(251, 250, 248)"`)
	do(t, ctx, chromedp.Focus("#theme", chromedp.ByQuery), chromedp.KeyEvent(kb.Enter))
	holds(t, ctx, paper+` === "rgb(20, 23, 26)" && document.getElementById("theme").textContent === "Light"`)
	do(t, ctx, chromedp.ScrollIntoView("#history", chromedp.ByQuery))
	shoot(t, ctx, "dark")

	// The plot of gates is drawn inside its frame, and its lines end at the last release.
	holds(t, ctx, `(() => { const f = document.querySelector("#unstable svg").getBoundingClientRect();
		return [...document.querySelectorAll("#unstable svg path, #unstable svg text")].every(e => { const r = e.getBoundingClientRect();
			return r.left >= f.left - 1 && r.right <= f.right + 1 && r.top >= f.top - 1 && r.bottom <= f.bottom + 1; }) })()`)
	do(t, ctx, chromedp.ScrollIntoView("#unstable", chromedp.ByQuery))
	shoot(t, ctx, "gates")

	// On a phone, tables scroll sideways but the page does not.
	do(t, ctx, chromedp.EmulateViewport(390, 800))
	holds(t, ctx, `document.documentElement.scrollWidth <= 390`)
	shoot(t, ctx, "phone")

	if list := complaints(); len(list) > 0 {
		t.Errorf("the browser reported:\n%s", strings.Join(list, "\n"))
	}
	for _, u := range requests() {
		if !strings.HasPrefix(u, address) {
			t.Errorf("the page requested %s, expected no request", u)
		}
	}
	if len(requests()) == 0 {
		t.Error("no request was recorded, not even for the page itself: the check does not work")
	}
}
