package kernel

import (
	"path"
	"regexp"
	"strings"

	"github.com/krustup/krustup/internal/kconfig/syntax"
)

const rustMakefile = "rust/Makefile"

// crateUses returns the features that the named Rust files turn on.
func (t *files) crateUses(names []string) ([]Use, error) {
	settings, err := t.rustcSettings()
	if err != nil {
		return nil, err
	}
	rules, err := t.lines(rustMakefile)
	if err != nil {
		return nil, err
	}
	var found []Use
	for _, name := range names {
		data, _, err := t.bytes(name)
		if err != nil {
			return nil, err
		}
		features := crateFeatures(string(data))
		if len(features) == 0 {
			continue
		}
		crate := crateAt(name, rules)
		for _, f := range features {
			u := Use{Kind: FeatureUse, Name: f.name, Where: Where{File: name, Line: f.line}, For: crate.purpose}
			crate.judge(&u, f.on, settings)
			found = append(found, u)
		}
	}
	return found, nil
}

// crate holds what is known about how Kbuild builds a Rust file.
type crate struct {
	cfgs    map[string]syntax.Expr // the cfgs set for it and when: `feature = "alloc"`, kernel
	purpose string                 // Use.For
	built   bool
}

// crateAt returns how a file is built. A crate below rust/ has a rule in rust/Makefile. Other files are built by the
// generic rule if their own makefile lists them, which depends on the configuration.
func crateAt(name string, rules []string) crate {
	rel, inRust := strings.CutPrefix(name, "rust/")
	c := crate{built: !inRust}
	if path.Dir(name) == "scripts" {
		c.purpose = ForHost
	}
	if !inRust {
		return c
	}
	for _, line := range rules {
		if strings.Contains(line, "$(src)/"+rel) && !strings.HasPrefix(line, "#") {
			c.built = true
		}
	}
	c.cfgs = crateCfgs(cfgVariable(rel), rules)
	return c
}

// cfgVariable returns the name of the variable in rust/Makefile that holds a crate's cfgs: pin_init_internal-cfgs for
// pin-init/internal/src/lib.rs.
func cfgVariable(rel string) string {
	dir := strings.TrimSuffix(path.Dir(rel), "/src")
	if dir == "." {
		dir = strings.TrimSuffix(rel, ".rs")
	}
	return strings.NewReplacer("/", "_", "-", "_").Replace(dir) + "-cfgs"
}

// crateCfgs parses the value of such a variable: words with or without --cfg, some of them inside $(if …).
func crateCfgs(variable string, rules []string) map[string]syntax.Expr {
	cfgs := map[string]syntax.Expr{}
	_, lines := span(rules, variable)
	for _, line := range lines {
		if _, value, ok := strings.Cut(line, "="); ok && strings.HasPrefix(strings.TrimSpace(line), variable) {
			line = value
		}
		for _, piece := range makePieces(strings.TrimSuffix(line, `\`), always) {
			for _, word := range strings.Fields(piece.text) {
				if word = strings.Trim(word, "'"); word == "--cfg" {
					continue
				}
				if key, value, ok := strings.Cut(word, "="); ok {
					word = cfgEqual(key, value).String()
				}
				cfgs[word] = piece.on
			}
		}
	}
	return cfgs
}

// judge sets If, For and Unused of a use: what turns the feature on, as far as the tree decides it.
func (c crate) judge(u *Use, on syntax.Expr, settings map[string]syntax.Expr) {
	holds := replace(on, c.leaf(settings, ""))
	switch {
	case !c.built:
		u.Unused, u.If = "Kbuild does not build the file", conditionText(on)
	case holds != never:
		u.If = conditionText(holds)
	case replace(on, c.leaf(settings, "doc")) != never:
		u.If, u.For = conditionText(replace(on, c.leaf(settings, "doc"))), ForRustdoc
	case replace(on, c.leaf(settings, "test")) != never:
		u.If, u.For = conditionText(replace(on, c.leaf(settings, "test"))), ForRusttest
	default:
		u.If, u.Unused = conditionText(on), "no build sets the cfg"
	}
}

// leaf returns a function that resolves one leaf of a cfg. A CONFIG_ symbol that only compares rustc's version becomes
// that comparison; other CONFIG_ symbols, target_ cfgs and unreadable text stay as they are. Any other cfg holds if the
// build sets it; extra is one more cfg that counts as set.
func (c crate) leaf(settings map[string]syntax.Expr, extra string) func(syntax.Expr) syntax.Expr {
	return func(leaf syntax.Expr) syntax.Expr {
		text := leaf.String()
		if on, set := c.cfgs[text]; set {
			return on
		}
		macro, _ := leaf.(syntax.Operand)
		switch meaning, about := settings[text]; {
		case about:
			return meaning
		case text == extra || leaf == always:
			return always
		case strings.HasPrefix(text, "CONFIG_"), strings.HasPrefix(text, "target_"), macro.Kind == syntax.Macro:
			return leaf
		}
		return never
	}
}

var kbuildNumber = regexp.MustCompile(`^[1-9][0-9]{5,6}$`)

// rustcSettings returns the symbols of init/Kconfig that depend on nothing but rustc's version, by their names in cfgs:
// CONFIG_RUSTC_HAS_SPAN_FILE for `def_bool RUSTC_VERSION >= 108800`.
func (t *files) rustcSettings() (map[string]syntax.Expr, error) {
	file, err := t.kconfig(initKconfig)
	if err != nil {
		return nil, err
	}
	settings := map[string]syntax.Expr{}
	for _, e := range file.Entries {
		if len(e.Depends) > 0 || len(e.Defaults) != 1 || e.Defaults[0].If != nil || e.Defaults[0].Expr == nil {
			continue // depends on more than a version
		}
		if onlyOfRustc(e.Defaults[0].Expr) {
			settings["CONFIG_"+e.Symbol] = e.Defaults[0].Expr
		}
	}
	return settings, nil
}

// onlyOfRustc reports whether a condition consists only of comparisons of rustc's version.
func onlyOfRustc(e syntax.Expr) bool {
	only := true
	replace(e, func(leaf syntax.Expr) syntax.Expr {
		c, is := leaf.(syntax.Compare)
		if !is || c.Left.Text != rustcVersion || c.Op != ">=" && c.Op != "<" || !kbuildNumber.MatchString(c.Right.Text) {
			only = false
		}
		return leaf
	})
	return only
}
