package cli

import (
	"sync"
	"time"

	"github.com/krustup/krustup/internal/store"
	"github.com/krustup/krustup/internal/term"
	"github.com/krustup/krustup/toolchain/install"
)

// watch prints the progress of an installation: one bar for everything that is fetched, or a line for each finished
// step. It also records what the summary reports.
type watch struct {
	screen   *term.Screen
	bar      *term.Progress
	endGroup func()
	settled  []install.Outcome

	mu   sync.Mutex
	took map[string]time.Duration // by object: to unpack, relocate and check it
}

func newWatch(s *term.Screen) *watch {
	return &watch{screen: s, endGroup: func() {}, took: map[string]time.Duration{}}
}

func (w *watch) Plan(what string, fetch, work int64) {
	label := what + " from " + term.Bytes(fetch) + " of archives"
	w.endGroup = w.screen.Group(label)
	w.bar = w.screen.Progress(work, label)
}

func (w *watch) Progress(n int64) {
	if w.bar != nil {
		w.bar.Add(n)
	}
}

// stepInstalled is the name of the last step of an object in package install.
const stepInstalled = "installed"

func (w *watch) Done(step, name string, bytes int64, took time.Duration) {
	if step == stepInstalled {
		w.mu.Lock()
		w.took[name] = took
		w.mu.Unlock()
	}
	if w.bar != nil {
		w.bar.Finish(step+" "+name, bytes, took)
		return
	}
	w.screen.Note("%s %s (%s, %s)", step, name, term.Bytes(bytes), term.Seconds(took))
}

func (w *watch) Note(format string, args ...any) { w.screen.Note(format, args...) }

func (w *watch) Waiting(what string, holder store.Holder) {
	w.screen.Note("%s: waiting for %s", what, holder)
}

func (w *watch) Settled(list []install.Outcome) { w.settled = list }

func (w *watch) Close() {
	if w.bar != nil {
		w.bar.Close()
	}
	w.endGroup()
}
