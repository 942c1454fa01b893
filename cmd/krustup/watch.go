package main

import (
	"time"

	"github.com/krustup/krustup/internal/store"
	"github.com/krustup/krustup/internal/term"
)

// watch shows an installation on the screen: one bar for all that is fetched, or a line for each thing finished.
type watch struct {
	screen *term.Screen
	bar    *term.Progress
}

func newWatch(s *term.Screen) *watch { return &watch{screen: s} }

func (w *watch) Plan(what string, fetch, work int64) {
	w.bar = w.screen.Progress(work, what+" from "+term.Bytes(fetch)+" of archives")
}

func (w *watch) Progress(n int64) {
	if w.bar != nil {
		w.bar.Add(n)
	}
}

func (w *watch) Done(step, name string, bytes int64, took time.Duration) {
	if w.bar != nil {
		w.bar.Finish(step+" "+name, bytes, took)
		return
	}
	w.screen.Note("%s %s (%s, %s)", step, name, term.Bytes(bytes), term.Seconds(took))
}

func (w *watch) Note(format string, args ...any) { w.screen.Note(format, args...) }

func (w *watch) Waiting(what string, holder store.Holder) {
	w.screen.Note("%s: waiting for process %d on %s (%s)", what, holder.PID, holder.Host, holder.Reason)
}

func (w *watch) close() {
	if w.bar != nil {
		w.bar.Close()
	}
}
