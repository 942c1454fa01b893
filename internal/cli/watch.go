package cli

import (
	"sync"
	"time"

	"github.com/krustup/krustup/internal/lock"
	"github.com/krustup/krustup/internal/term"
	"github.com/krustup/krustup/toolchain/install"
)

// Watch prints the progress of an installation: one bar for everything that is fetched, or a line for each finished
// step. It also records what the summary reports.
type Watch struct {
	screen   *term.Screen
	bar      *term.Progress
	endGroup func()
	settled  []install.Outcome

	mu   sync.Mutex
	took map[string]time.Duration // by object: to unpack, relocate and check it
}

func newWatch(s *term.Screen) *Watch {
	return &Watch{screen: s, endGroup: func() {}, took: map[string]time.Duration{}}
}

func (w *Watch) Plan(what string, fetch, work int64) {
	label := what
	if fetch > 0 {
		label += " from " + term.Bytes(fetch) + " of archives"
	}
	w.endGroup = w.screen.Group(label)
	w.bar = w.screen.Progress(work, label)
}

func (w *Watch) Progress(n int64) {
	if w.bar != nil {
		w.bar.Add(n)
	}
}

// stepInstalled is the name of the last step of an object in package install.
const stepInstalled = "installed"

func (w *Watch) Done(step, name string, bytes int64, took time.Duration) {
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

func (w *Watch) Note(format string, args ...any) { w.screen.Note(format, args...) }

func (w *Watch) Waiting(what string, holder lock.Holder) {
	w.screen.Note("%s: waiting for %s", what, holder)
}

func (w *Watch) Settled(list []install.Outcome) { w.settled = list }

func (w *Watch) Close() {
	if w.bar != nil {
		w.bar.Close()
	}
	w.endGroup()
}
