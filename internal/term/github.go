package term

import (
	"fmt"
	"strings"
)

// Place is where in a file something is wrong. Line and Column begin at 1; 0 is not known, and so is an empty File.
type Place struct {
	File         string
	Line, Column int
}

// properties gives a place as a workflow command has it.
func (p Place) properties() string {
	if p.File == "" {
		return ""
	}
	text := "file=" + escapeProperty(p.File)
	if p.Line > 0 {
		text += fmt.Sprintf(",line=%d", p.Line)
	}
	if p.Line > 0 && p.Column > 0 {
		text += fmt.Sprintf(",col=%d", p.Column)
	}
	return text + ","
}

// annotation is a line that GitHub Actions shows beside the file that it is about, and on the page of the job:
// https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands.
func annotation(command string, at Place, text string) string {
	return "::" + command + " " + at.properties() + "title=krustup::" + escapeData(text) + "\n"
}

// escapeData escapes the text of a workflow command: one command is one line.
func escapeData(text string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace(text)
}

// escapeProperty escapes what stands between the command's name and its text, where a colon or a comma would end it.
func escapeProperty(text string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C").Replace(text)
}

// disarm keeps text of strangers (a server's error, a compiler's output) from being read as workflow commands: those are
// lines that begin with "::" after any white space, and what follows "##[" anywhere.
func disarm(text string) string {
	if !strings.Contains(text, "::") && !strings.Contains(text, "##[") {
		return text
	}
	lines := strings.Split(strings.ReplaceAll(text, "##[", "## ["), "\n")
	for i, line := range lines {
		if strings.HasPrefix(strings.TrimSpace(line), "::") {
			lines[i] = "| " + line
		}
	}
	return strings.Join(lines, "\n")
}

// Group begins lines that belong together, which GitHub Actions folds; elsewhere it writes nothing. The group ends with
// end, or before an error, which would be folded away in it. There is one group at a time: one in another does not
// begin.
func (s *Screen) Group(title string) (end func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.github || s.quiet || s.group {
		return func() {}
	}
	s.group = true
	fmt.Fprintf(s.err, "::group::%s\n", escapeData(title))
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.endGroup()
	}
}

// endGroup ends the group that there is. The caller holds the screen's lock.
func (s *Screen) endGroup() {
	if s.group {
		s.group = false
		fmt.Fprintln(s.err, "::endgroup::")
	}
}
