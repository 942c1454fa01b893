package term

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/schollz/progressbar/v3"
)

// Progress is the progress bar for the sum of all work in flight. It is safe for concurrent use.
type Progress struct {
	screen *Screen
	total  int64
	done   int64
	bar    *progressbar.ProgressBar // nil: no bar is drawn
}

// Progress starts a bar of total bytes, which Close ends. Only one bar is drawn at a time: a second one writes lines
// instead.
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
		progressbar.OptionSetDescription(fitted(label, Width(s.err))),
		progressbar.OptionShowBytes(true),
		progressbar.OptionSetWidth(24),
		progressbar.OptionThrottle(100*time.Millisecond),
		progressbar.OptionSetPredictTime(true),
	)
	s.bar = p
	return p
}

// barNumbers is the room in columns for the numbers of a bar, without its label: " 100% || (999 MB/s) [9m59s:9m59s]".
const barNumbers = 34

// fitted returns as many words of a label as leave room for the numbers. A longer line could not be erased, and each
// redraw would leave one behind.
func fitted(label string, columns int) string {
	for utf8.RuneCountInString(label)+barNumbers > columns && label != "" {
		label = label[:max(strings.LastIndexByte(label, ' '), 0)]
	}
	return label
}

// limit returns one byte more than the total: a progressbar that reaches its limit ends, and could not go back when a
// transfer restarts.
func (p *Progress) limit() int64 { return max(p.total, 0) + 1 }

// Add advances the bar by n bytes. n is negative when a transfer restarts and subtracts what it had added.
func (p *Progress) Add(n int64) {
	p.screen.mu.Lock()
	defer p.screen.mu.Unlock()
	p.done += n
	if p.bar != nil {
		_ = p.bar.Set64(min(max(p.done, 0), p.limit()-1)) // fails only for a limit of 0
	}
}

// Finish writes a line for a finished item where no bar is drawn.
func (p *Progress) Finish(name string, bytes int64, took time.Duration) {
	if p.bar == nil {
		p.screen.Note("%s (%s, %s)", name, Bytes(bytes), Seconds(took))
	}
}

// Close removes the bar from the screen. Further calls do nothing.
func (p *Progress) Close() {
	p.screen.mu.Lock()
	defer p.screen.mu.Unlock()
	if p.bar == nil || p.screen.bar != p {
		return
	}
	p.erase()
	_ = p.bar.Exit() // from now on Add draws nothing
	p.screen.bar = nil
}

// erase clears the bar to make room for a line; the next Add draws it again below. The caller holds the screen's lock,
// because the bar's own Clear reads the bar without locking.
func (p *Progress) erase() { _ = p.bar.Clear() }
