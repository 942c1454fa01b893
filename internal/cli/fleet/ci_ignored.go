package fleet

import (
	"bytes"
	"context"
	"os/exec"
	"strings"

	"github.com/krustup/krustup/internal/ci"
	"github.com/krustup/krustup/internal/term"
)

// jsonIgnored is a file that git leaves out of a commit, and the rule that hides it.
type jsonIgnored struct {
	Path    string `json:"path"`
	From    string `json:"from"` // the file of the rule, and its line
	Pattern string `json:"pattern"`
}

// ignoredFiles asks git which of the files its rules hide: the kernel's own .gitignore hides all names that start with
// a dot. Files that are committed already are not among them. Without git or a repository there are none.
func ignoredFiles(ctx context.Context, dir string, files []ci.File) []jsonIgnored {
	list := []jsonIgnored{}
	command := exec.CommandContext(ctx, "git", "-C", dir, "check-ignore", "-v", "-z", "--stdin")
	command.Stdin = strings.NewReader(strings.Join(paths(files), "\x00"))
	out, err := command.Output()
	if err != nil {
		return list // 1: none is ignored, 128: not a repository
	}
	// Four fields a file: source, line, pattern, path (git-check-ignore(1)).
	fields := bytes.Split(bytes.TrimSuffix(out, []byte{0}), []byte{0})
	for ; len(fields) >= 4; fields = fields[4:] {
		if pattern := string(fields[2]); !strings.HasPrefix(pattern, "!") {
			list = append(list, jsonIgnored{string(fields[3]), string(fields[0]) + ":" + string(fields[1]), pattern})
		}
	}
	return list
}

// warnIgnored prints which rule hides which files, and the command that adds them nevertheless.
func warnIgnored(screen *term.Screen, dir string, list []jsonIgnored) {
	if len(list) == 0 {
		return
	}
	command := "git "
	if dir != "." {
		command += "-C " + dir + " "
	}
	command += "add -f --"
	for _, f := range list {
		screen.Warn("git ignores %s, by the rule %s in %s: CI will not see it", f.Path, f.Pattern, f.From)
		command += " " + f.Path
	}
	screen.Hint("%s", command)
}
