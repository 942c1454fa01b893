package term

import (
	"fmt"
	"strings"
)

// Place is the position of an error in a file. Line and Column count from 1; 0 means unknown, as does an empty File.
type Place struct {
	File         string
	Line, Column int
}

// properties formats a place as properties of a workflow command.
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

// annotation formats a message that GitHub Actions shows next to the line of the file, and on the page of the job:
// https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands.
func annotation(command string, at Place, text string) string {
	return "::" + command + " " + at.properties() + "title=krustup::" + escapeData(text) + "\n"
}

// escapeData escapes the text of a workflow command: one command is one line.
func escapeData(text string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace(text)
}

// escapeProperty escapes the value of a property of a workflow command, which a colon or a comma would end.
func escapeProperty(text string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C").Replace(text)
}

// disarm prevents untrusted text (a server's error, a compiler's output) from being read as workflow commands. These
// are lines that start with "::" after white space, and text after "##[" anywhere.
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

// Group starts a group of lines, which GitHub Actions folds; elsewhere it writes nothing. The group ends when end is
// called, or before an error, which would be hidden in a folded group. Groups do not nest: inside a group, Group does
// nothing.
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

// endGroup ends the open group, if any. The caller holds the screen's lock.
func (s *Screen) endGroup() {
	if s.group {
		s.group = false
		fmt.Fprintln(s.err, "::endgroup::")
	}
}
