package kernel

import (
	"path"
	"regexp"
	"strings"

	"github.com/krustup/krustup/internal/kconfig/syntax"
)

// makeUses reads what makefiles ask of rustc that is not stable.
func (t *files) makeUses(names []string) ([]Use, error) {
	included, err := t.includedIf()
	if err != nil {
		return nil, err
	}
	settings, err := t.rustcSettings()
	if err != nil {
		return nil, err
	}
	settings["CONFIG_RUST"] = always // else nothing of it matters
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

// archOf gives the SRCARCH that a makefile is for, "" for all. User-mode Linux takes arch/x86/Makefile.um.
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

// includedIf gives the makefiles that the top one includes if a symbol is set.
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
	on    syntax.Expr // of the file as a whole
	lines []string

	settings map[string]syntax.Expr // symbols that the tree says the meaning of
}

// settled puts what symbols mean in their place.
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

// uses gives what one line uses.
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

// rustRules tells makefiles and lines that rustc or rustdoc is called by from others: -Z is a flag of many programs.
func rustRules(name string, line makeLine) bool {
	if name == "Makefile" || name == rustMakefile || strings.HasPrefix(name, "scripts/") {
		return true
	}
	words := strings.ToLower(line.variable + " " + line.text)
	return strings.Contains(words, "rust")
}

// purpose tells what is not built into a kernel from what is, by the command that a line is part of.
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

// flagUses gives the -Z flags of a text, and the features that -Zcrate-attr turns on.
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

// flagValue gives what follows a flag after an equals sign, without quotes.
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

// allowed gives a use for each feature of a list with commas.
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

// otherUses gives what is neither a flag nor a feature of a flag.
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

// above gives the comment that stands right above a line.
func (f ruleFile) above(number int) string {
	var words []string
	for i := number - 2; i >= 0 && strings.HasPrefix(f.lines[i], "#"); i-- {
		words = append([]string{strings.TrimSpace(strings.TrimLeft(f.lines[i], "#"))}, words...)
	}
	return strings.Join(words, " ")
}
