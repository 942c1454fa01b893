package kernel

import (
	"path"
	"regexp"
	"strings"

	"github.com/krustup/krustup/internal/kconfig/syntax"
)

// makeUses returns the unstable parts of Rust that the named makefiles use.
func (t *files) makeUses(names []string) ([]Use, error) {
	included, err := t.includedIf()
	if err != nil {
		return nil, err
	}
	settings, err := t.rustcSettings()
	if err != nil {
		return nil, err
	}
	settings["CONFIG_RUST"] = always // without Rust no use matters
	var found []Use
	for _, name := range names {
		lines, err := t.lines(name)
		if err != nil {
			return nil, err
		}
		file := ruleFile{name: name, arch: archOf(name), on: always, lines: lines, settings: settings}
		if c, ok := included[name]; ok {
			file.on = c
		}
		for _, line := range makeLines(lines) {
			found = append(found, file.uses(line)...)
		}
	}
	return found, nil
}

// archOf returns the SRCARCH that a makefile is for, or "" if it is for all. arch/x86/Makefile.um is for User-mode
// Linux.
func archOf(name string) string {
	parts := strings.Split(name, "/")
	switch {
	case parts[0] != "arch" || len(parts) < 3:
		return ""
	case path.Base(name) == "Makefile.um":
		return "um"
	}
	return parts[1]
}

var includeRule = regexp.MustCompile(`^include-\$\((CONFIG_[A-Z0-9_]+)\)[ \t]*\+=[ \t]*(.*)$`)

// includedIf returns the makefiles that the top Makefile includes only if a symbol is set, each with that symbol.
func (t *files) includedIf() (map[string]syntax.Expr, error) {
	lines, err := t.lines("Makefile")
	if err != nil {
		return nil, err
	}
	included := map[string]syntax.Expr{}
	for _, line := range lines {
		if m := includeRule.FindStringSubmatch(line); m != nil {
			for name := range strings.FieldsSeq(m[2]) {
				included[name] = symbol(m[1])
			}
		}
	}
	return included, nil
}

// ruleFile is one makefile.
type ruleFile struct {
	name  string
	arch  string
	on    syntax.Expr // condition under which the file is included
	lines []string

	settings map[string]syntax.Expr // symbols whose condition the tree states
}

// settled replaces each symbol of settings by its condition.
func (f ruleFile) settled(on syntax.Expr) syntax.Expr {
	return replace(on, func(leaf syntax.Expr) syntax.Expr {
		if meaning, ok := f.settings[leaf.String()]; ok {
			return meaning
		}
		return leaf
	})
}

var (
	flagWord     = regexp.MustCompile(`(?:^|[^A-Za-z0-9_-])-Z[ \t]?([a-z][a-z0-9_-]*)`)
	featureList  = regexp.MustCompile(`feature\(([a-z0-9_, ]+)\)`)
	allowedList  = regexp.MustCompile(`^rust_allowed_features[ \t]*[:?+]?=[ \t]*(.*)$`)
	ownTarget    = regexp.MustCompile(`--target=[^ \t]*target\.json`)
	buildsCore   = regexp.MustCompile(`^\$\(obj\)/core\.o:.*\$\(RUST_LIB_SRC\)/core/src/lib\.rs`)
	buildsAlloc  = regexp.MustCompile(`^\$\(obj\)/alloc\.o:.*\$\((RUST_LIB_SRC|src)\)/alloc/`)
	bootstrapSet = regexp.MustCompile(`(^|[ \t|])(export[ \t]+)?RUSTC_BOOTSTRAP[ \t]*:?=`)
)

// uses returns the uses of one line.
func (f ruleFile) uses(line makeLine) []Use {
	base := Use{Where: Where{File: f.name, Line: line.number}, Arch: f.arch, For: purpose(line)}
	on := f.settled(both(f.on, line.on))
	if strings.Contains(line.variable, "rustdoc_test_kernel") {
		on = both(on, symbol("CONFIG_RUST_KERNEL_DOCTESTS"))
	}
	if !rustRules(f.name, line) {
		return nil
	}
	var found []Use
	for _, piece := range makePieces(line.text, on) {
		base.If = conditionText(f.settled(piece.on))
		found = append(found, flagUses(base, piece.text)...)
	}
	base.If = conditionText(on)
	return append(found, f.otherUses(base, line)...)
}

// rustRules reports whether a line may hold arguments of rustc or rustdoc. Other programs have a -Z flag too.
func rustRules(name string, line makeLine) bool {
	if name == "Makefile" || name == rustMakefile || strings.HasPrefix(name, "scripts/") {
		return true
	}
	words := strings.ToLower(line.variable + " " + line.text)
	return strings.Contains(words, "rust")
}

// purpose returns the Use.For of a line, from the command that the line is part of: "" for a build of the kernel.
func purpose(line makeLine) string {
	name := line.variable + " " + line.rule
	has := func(words ...string) bool {
		for _, word := range words {
			if strings.Contains(name, word) {
				return true
			}
		}
		return false
	}
	switch {
	case has("rustdoc_test_kernel"):
		return ""
	case has("rustdoc_test", "rusttest", "rustc_test", "rustsysroot"):
		return ForRusttest
	case has("rustdoc"):
		return ForRustdoc
	case has("rsi_rs"):
		return ForExpanded
	case has("HOSTRUST"):
		return ForHost
	case has("rustc-option"):
		return ForTests
	}
	return ""
}

// flagUses returns the -Z flags in a text, and the features that -Zcrate-attr turns on.
func flagUses(base Use, text string) []Use {
	var found []Use
	for _, at := range flagWord.FindAllStringSubmatchIndex(text, -1) {
		u := base
		u.Kind, u.Name, u.Value = FlagUse, "-Z"+strings.ReplaceAll(text[at[2]:at[3]], "_", "-"), flagValue(text[at[1]:])
		found = append(found, u)
	}
	for _, m := range featureList.FindAllStringSubmatch(text, -1) {
		found = append(found, allowed(base, m[1])...)
	}
	return found
}

// flagValue returns the value after the equals sign at the start of text, without its quotes, or "" if there is none.
func flagValue(text string) string {
	text, ok := strings.CutPrefix(text, "=")
	if quoted, is := strings.CutPrefix(text, "'"); ok && is {
		value, _, _ := strings.Cut(quoted, "'")
		return value
	}
	if !ok {
		return ""
	}
	depth := 0
	for i := range len(text) {
		switch c := text[i]; {
		case c == '(':
			depth++
		case c == ')' && depth == 0, (c == ' ' || c == '\t') && depth == 0:
			return text[:i]
		case c == ')':
			depth--
		}
	}
	return text
}

// allowed returns a use for each feature of a comma-separated list.
func allowed(base Use, list string) []Use {
	var found []Use
	for name := range strings.SplitSeq(list, ",") {
		u := base
		u.Kind, u.Name = AllowedUse, strings.TrimSpace(name)
		if u.Name != "" {
			found = append(found, u)
		}
	}
	return found
}

// otherUses returns the uses of a line that are neither -Z flags nor features turned on by one.
func (f ruleFile) otherUses(base Use, line makeLine) []Use {
	var found []Use
	add := func(kind UseKind, name, value, note string) {
		u := base
		u.Kind, u.Name, u.Value, u.Note = kind, name, value, note
		found = append(found, u)
	}
	if m := allowedList.FindStringSubmatch(line.text); m != nil {
		list, _, _ := strings.Cut(m[1], "#")
		found = append(found, allowed(base, list)...)
	}
	if m := ownTarget.FindString(line.text); m != "" && base.For == "" {
		add(TargetUse, "target.json", m, "")
	}
	if bootstrapSet.MatchString(line.text) {
		add(BootstrapUse, "RUSTC_BOOTSTRAP", "", f.above(line.number))
	}
	if strings.Contains(line.text, "--test-builder") {
		add(DoctestUse, "--test-builder", "", "")
	}
	if strings.Contains(line.text, "--generate-link-to-definition") {
		add(RustdocUse, "--generate-link-to-definition", "", "")
	}
	if f.name != rustMakefile {
		return found
	}
	switch {
	case buildsCore.MatchString(line.text):
		add(CoreUse, "core", "", "")
	case buildsAlloc.MatchString(line.text):
		add(CoreUse, "alloc", "", "")
	case line.variable == "core-cfgs":
		for word := range strings.FieldsSeq(line.text) {
			if strings.HasPrefix(word, "no_") {
				add(CoreUse, "--cfg "+word, "", "")
			}
		}
	}
	return found
}

// above returns the comment directly above a line, joined into one line of text.
func (f ruleFile) above(number int) string {
	var words []string
	for i := number - 2; i >= 0 && strings.HasPrefix(f.lines[i], "#"); i-- {
		words = append([]string{strings.TrimSpace(strings.TrimLeft(f.lines[i], "#"))}, words...)
	}
	return strings.Join(words, " ")
}
