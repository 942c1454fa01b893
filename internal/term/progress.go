package term

import (
	"fmt"
	"time"

	"github.com/schollz/progressbar/v3"
)

// Progress is the bar for the sum of all work in flight. It is safe for use by several goroutines at once.
type Progress struct {
	screen *Screen
	total  int64
	done   int64
	bar    *progressbar.ProgressBar // nil where no bar is drawn
}

// Progress begins a bar of total bytes. One is drawn at a time: while there is one, another shows itself by its lines
// only. Close ends it.
func (s *Screen) Progress(total int64, label string) *Progress {
	p := &Progress{screen: s, total: total}
	if s.quiet {
		return p
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.redraw || s.bar != nil {
		fmt.Fprintf(s.err, "krustup: %s\n", label)
		return p
	}
	p.bar = progressbar.NewOptions64(p.limit(),
		progressbar.OptionSetWriter(s.err),
		progressbar.OptionSetDescription(label),
		progressbar.OptionShowBytes(true),
		progressbar.OptionSetWidth(24),
		progressbar.OptionThrottle(100*time.Millisecond),
		progressbar.OptionSetPredictTime(true),
	)
	s.bar = p
	return p
}

// limit is one byte more than the total: a progressbar that reaches its limit ends and cannot go back when a transfer
// begins anew.
func (p *Progress) limit() int64 { return max(p.total, 0) + 1 }

// Add moves the bar by n bytes. A transfer that begins anew takes back what it had added: n is negative then.
func (p *Progress) Add(n int64) {
	p.screen.mu.Lock()
	defer p.screen.mu.Unlock()
	p.done += n
	if p.bar != nil {
		_ = p.bar.Set64(min(max(p.done, 0), p.limit()-1)) // fails for a limit of 0 alone
	}
}

// Finish says that one thing is done: a line of its own where no bar is drawn.
func (p *Progress) Finish(name string, bytes int64, took time.Duration) {
	if p.bar == nil {
		p.screen.Note("%s (%s, %s)", name, Bytes(bytes), Seconds(took))
	}
}

// Close takes the bar off the screen. Closing it again does nothing.
func (p *Progress) Close() {
	p.screen.mu.Lock()
	defer p.screen.mu.Unlock()
	if p.bar == nil || p.screen.bar != p {
		return
	}
	p.erase()
	_ = p.bar.Exit() // from here on Add draws nothing
	p.screen.bar = nil
}

// erase makes room for a line; the next Add draws the bar below it. The caller holds the screen's lock, which the
// bar's own Clear needs: it reads the bar without one.
func (p *Progress) erase() { _ = p.bar.Clear() }
