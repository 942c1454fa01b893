package kbuild

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// goalLists are the variables of the top Makefile that list, as patterns, the goals for which it looks for no compiler.
var goalLists = []string{"clean-targets", "no-dot-config-targets", "no-sync-config-targets"}

// knownGoals are these lists in Linux 6.12, for headers without the top Makefile. A goal that a kernel lacks is an
// error of its make.
var knownGoals = []string{
	"%clean", "mrproper", "cleandocs", "cscope", "gtags", "TAGS", "tags", "help%", "%docs", "check%", "coccicheck", "headers", "headers_%",
	"archheaders", "archscripts", "%asm-generic", "kernelversion", "%src-pkg", "dt_binding_check", "outputmakefile",
	"%install", "modules_sign", "kernelrelease", "image_name",
}

// CompilesNothing reports whether make runs none of the set's programs for these goals, as the top Makefile of a tree
// or a build directory says.
func CompilesNothing(dir string, goals []string) bool {
	patterns := goalPatterns(dir)
	for _, goal := range goals {
		// Some of these goals need no C compiler, but rustc or rustfmt.
		if strings.HasPrefix(goal, "rust") || strings.HasSuffix(goal, "docs") && goal != "cleandocs" || !slices.ContainsFunc(patterns, func(p string) bool { return matches(p, goal) }) {
			return false
		}
	}
	return len(goals) > 0
}

// matches reports whether a goal matches a pattern of make, in which the first % stands for any text.
func matches(pattern, goal string) bool {
	head, tail, open := strings.Cut(pattern, "%")
	if !open {
		return pattern == goal
	}
	return len(goal) >= len(head)+len(tail) && strings.HasPrefix(goal, head) && strings.HasSuffix(goal, tail)
}

var included = regexp.MustCompile(`(?m)^include (/\S+/Makefile)$`)

// SourceTree returns the source of the kernel that was built in a directory: the tree whose Makefile the directory's
// own includes, else the directory itself.
func SourceTree(dir string) string {
	data, err := readHead(filepath.Join(dir, "Makefile"))
	if err != nil {
		return dir
	}
	if m := included.FindSubmatch(data); m != nil && len(data) < 4096 {
		return filepath.Dir(string(m[1]))
	}
	return dir
}

func goalPatterns(dir string) []string {
	data, err := os.ReadFile(filepath.Join(SourceTree(dir), "Makefile"))
	if err != nil {
		return knownGoals
	}
	text := strings.ReplaceAll(string(data), "\\\n", " ")
	var patterns []string
	for line := range strings.Lines(text) {
		name, value, assigned := strings.Cut(line, ":=")
		if !assigned || !slices.Contains(goalLists, strings.TrimSpace(name)) {
			continue
		}
		for word := range strings.FieldsSeq(value) {
			if !strings.Contains(word, "$") {
				patterns = append(patterns, word)
			}
		}
	}
	if len(patterns) == 0 {
		return knownGoals
	}
	return patterns
}

// overwriting matches the goals that write a new configuration and do not read the old one.
var overwriting = regexp.MustCompile(`^(.*_)?defconfig$|^(all(no|yes|mod|def)|rand|tiny)config$`)

// ReadsConfig reports whether make reads an existing configuration for these goals; without goals it does.
func ReadsConfig(dir string, goals []string) bool {
	return !slices.ContainsFunc(goals, overwriting.MatchString) && !CompilesNothing(dir, goals)
}
