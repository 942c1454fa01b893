//go:build e2e

package kconfig_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/krustup/krustup/internal/kconfig"
	"github.com/krustup/krustup/internal/kconfig/syntax"
)

// TestRealRandom compares evaluations of random Kconfig files and configurations with the conf of each tree. A failure
// prints the smallest files found that still differ.
//
//	KRUSTUP_TEST_TREES=linux-6.12:linux-7.3 KRUSTUP_TEST_ROUNDS=20000 go test -tags e2e -run TestRealRandom -timeout 2h ./internal/kconfig
func TestRealRandom(t *testing.T) {
	confs := buildConfs(t)
	rounds, seed := iterations(t, 2000), firstSeed(t)
	compared := 0
	for round := range rounds {
		seed := seed + uint64(round)
		c := confs[round%len(confs)]
		g := newGenerator(seed, c.has("symbol.c", "sym_get_choice_prop"), c.has("lexer.l", "transitional"))
		text := g.tree()
		config := mutate(g.random, g.config(), g.names)
		problems, ok := c.try(t, text, config)
		if !ok {
			continue
		}
		compared++
		if len(problems) == 0 {
			continue
		}
		text, config = c.minimize(t, text, config)
		problems, _ = c.try(t, text, config)
		t.Errorf("%s, seed %d:\n%s\n--- Kconfig\n%s--- .config\n%s", c.release, seed, strings.Join(problems, "\n"), text, config)
		if t.Failed() && os.Getenv("KRUSTUP_TEST_ROUNDS") == "" {
			break
		}
	}
	t.Logf("compared %d of %d, from seed %d", compared, rounds, seed)
	if compared < rounds*3/4 {
		t.Errorf("conf refuses %d of %d random Kconfig files: the generator is no good", rounds-compared, rounds)
	}
}

// has reports whether a file of the tree's scripts/kconfig contains a word.
func (c conf) has(name, word string) bool {
	data, err := os.ReadFile(filepath.Join(c.tree, "scripts/kconfig", name))
	return err == nil && strings.Contains(string(data), word)
}

// try compares one Kconfig file and configuration. ok is false if conf refuses the Kconfig file.
func (c conf) try(t *testing.T, text, config string) (problems []string, ok bool) {
	t.Helper()
	dir, err := os.MkdirTemp("", "kconfig")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	parts := strings.SplitN(text, "\n%%%\n", 2)
	files := map[string]string{"Kconfig": strings.TrimSuffix(parts[0], "\n") + "\n", "sourced": strings.Join(parts[1:], "")}
	for _, name := range []string{"symbol.c", "confdata.c"} { // by which the evaluation knows the rules of the release
		data, err := os.ReadFile(filepath.Join(c.tree, "scripts/kconfig", name))
		if err != nil {
			t.Fatal(err)
		}
		files["scripts/kconfig/"+name] = string(data)
	}
	for name, text := range files {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	written, ok := c.run(t, dir, "olddefconfig", config, "ARCH=x86")
	if !ok {
		return nil, false
	}
	arch := kconfig.Arch{SrcArch: "x86", Arch: "x86"}
	read, err := kconfig.ReadConfig(strings.NewReader(config))
	if err != nil {
		return []string{err.Error()}, true
	}
	tree, err := kconfig.ReadTreeWith(dir, arch, syntax.Options{Variables: map[string]string{"ARCH": "x86"}, AllVariables: true, Shell: shellAnswer})
	if err != nil {
		return []string{err.Error()}, true
	}
	problems = differences(tree, tree.Evaluate(read, nil), written, true)
	open, err := kconfig.ReadTree(dir, arch)
	if err != nil {
		return append(problems, err.Error()), true
	}
	return append(problems, differences(open, open.Evaluate(read, nil), written, false)...), true
}

// minimize drops lines as long as a difference is left.
func (c conf) minimize(t *testing.T, text, config string) (string, string) {
	t.Helper()
	differs := func(text, config string) bool {
		problems, ok := c.try(t, text, config)
		return ok && len(problems) > 0
	}
	shrink := func(text string, differs func(string) bool) string {
		for size := 16; size > 0; size /= 2 {
			lines := strings.SplitAfter(text, "\n")
			for i := 0; i < len(lines); {
				without := strings.Join(append(append([]string{}, lines[:i]...), lines[min(i+size, len(lines)):]...), "")
				if len(without) < len(strings.Join(lines, "")) && differs(without) {
					lines = strings.SplitAfter(without, "\n")
				} else {
					i += size
				}
			}
			text = strings.Join(lines, "")
		}
		return text
	}
	for range 2 {
		text = shrink(text, func(s string) bool { return differs(s, config) })
		config = shrink(config, func(s string) bool { return differs(text, s) })
	}
	return text, config
}

// generator writes random Kconfig files.
type generator struct {
	random *rand.Rand
	old    bool // choices as up to 6.10
	recent bool // transitional, depends … if
	names  []string
	kinds  map[string]string
	member map[string]bool
	trans  map[string]bool
	option string // the line that makes a symbol the one of modules
	made   int    // symbols defined so far; expressions use only those, so that none depends on itself
	b      strings.Builder
	depth  int
	// modular is set when MODULES is defined: what it depends on must not depend on it, by a literal m either.
	modular bool
}

func newGenerator(seed uint64, old, recent bool) *generator {
	g := &generator{random: rand.New(rand.NewPCG(seed, 1)), old: old, recent: recent, kinds: map[string]string{}, member: map[string]bool{}, trans: map[string]bool{}}
	g.option = "modules"
	if old {
		g.option = "option modules"
	}
	for i := range 6 + g.random.IntN(30) {
		name := fmt.Sprintf("S%d", i)
		g.names = append(g.names, name)
		g.kinds[name] = g.pick("bool", "bool", "bool", "tristate", "tristate", "tristate", "int", "hex", "string")
	}
	return g
}

func (g *generator) pick(words ...string) string { return words[g.random.IntN(len(words))] }
func (g *generator) chance(in int) bool          { return g.random.IntN(in) == 0 }

func (g *generator) line(format string, args ...any) {
	g.b.WriteString(fmt.Sprintf(format, args...))
	switch g.random.IntN(40) {
	case 0:
		g.b.WriteString(" # a comment \\")
	case 1:
		g.b.WriteString("\n# if it continues \\")
	case 2:
		g.b.WriteString("   ")
	case 3:
		g.b.WriteString(" ;")
	}
	g.b.WriteString("\n")
}

func (g *generator) tree() string {
	if g.chance(2) {
		g.b.WriteString(`yes := y
pick = $(if-success,$(1),$(2),n)
if-success = $(shell,{ $(1); } >/dev/null 2>&1 && echo "$(2)" || echo "$(3)")
word :=  a $(ARCH)
word += b
`)
	} else {
		g.b.WriteString("yes = y\npick := y\nword := a x86 b\n")
	}
	modules := g.random.IntN(len(g.names) + 4)
	for g.made < len(g.names) {
		if g.made == modules || modules >= len(g.names) && g.made == 0 && modules < len(g.names)+3 {
			g.modules()
			modules = -1
		}
		g.block()
	}
	for g.depth > 0 {
		g.depth--
		g.line("endif")
	}
	if g.chance(6) {
		g.line("source \"sourced\"")
		return strings.TrimSuffix(g.b.String(), "\n") + "\n%%%\nconfig SOURCED\n\tbool \"s\"\n\tdepends on S0 || S1\n"
	}
	return g.b.String()
}

func (g *generator) modules() {
	defer func() { g.modular = true }()
	g.line("config MODULES")
	g.line("\tbool \"modules\"")
	g.line("\t%s", g.option)
	if g.chance(3) {
		g.line("\tdefault y")
	}
	if g.chance(4) && g.made > 0 {
		g.line("\tdepends on %s", g.expr(1))
	}
}

// block writes a symbol, a choice, or the start or end of a menu or if.
func (g *generator) block() {
	switch n := g.random.IntN(14); {
	case n == 0 && g.made > 0 && g.depth < 3:
		g.line("if %s", g.expr(2))
		g.depth++
	case n == 1 && g.depth > 0:
		g.depth--
		g.line("endif")
	case n == 2:
		g.line("menu \"m\"")
		if g.chance(2) && g.made > 0 {
			g.line("\tdepends on %s", g.expr(1))
		}
		if g.chance(2) && g.made > 0 {
			g.line("\tvisible if %s", g.expr(1))
		}
		for range 1 + g.random.IntN(3) {
			if g.made < len(g.names) {
				g.symbol(false)
			}
		}
		g.line("endmenu")
	case n == 3 || n == 4:
		g.choice()
	case n == 5 && g.made > 0 && g.depth == 0:
		g.again()
	case n == 6:
		g.line("comment \"c\"")
		if g.made > 0 {
			g.line("\tdepends on %s", g.expr(1))
		}
	default:
		g.symbol(false)
	}
}

// again defines a symbol in a further place.
func (g *generator) again() {
	name := g.names[g.random.IntN(g.made)]
	if g.member[name] || g.trans[name] {
		return
	}
	g.line("config %s", name)
	last := g.made
	var i int
	fmt.Sscanf(name, "S%d", &i)
	g.made = i // so that it does not depend on itself
	g.attributes(name)
	g.made = last
}

func (g *generator) symbol(member bool) {
	name := g.names[g.made]
	if g.recent && !member && g.depth == 0 && g.chance(25) && strings.Count(g.b.String(), "menu \"m\"") == strings.Count(g.b.String(), "endmenu") {
		g.line("config %s", name)
		g.line("\t%s", g.kinds[name])
		g.line("\ttransitional")
		g.trans[name] = true
		g.made++
		return
	}
	g.line("config %s", name)
	if member {
		g.member[name] = true
		kind := "bool"
		if g.old && g.chance(4) {
			kind = "tristate"
		}
		g.kinds[name] = kind
		g.line("\t%s \"member\"%s", kind, g.condition(3))
		if g.chance(3) && g.made > 0 {
			g.depends()
		}
		if g.chance(4) {
			g.selects(name)
		}
	} else {
		g.attributes(name)
	}
	g.made++
	if g.chance(8) {
		g.help()
	}
}

func (g *generator) attributes(name string) {
	kind := g.kinds[name]
	tristate := kind == "bool" || kind == "tristate"
	switch {
	case tristate && g.chance(4):
		g.line("\tdef_%s %s%s", kind, g.value(kind), g.condition(2))
	case g.chance(3):
		g.line("\t%s", kind)
	case g.chance(5):
		g.line("\t%s", kind)
		g.line("\tprompt \"p\"%s", g.condition(2))
	case g.chance(6):
		g.line("\t%s\"tight\"%s", kind, g.condition(3))
	default:
		g.line("\t%s \"q # 'x'\"%s", kind, g.condition(3))
	}
	for range g.random.IntN(3) {
		if g.chance(2) {
			g.line("\tdefault %s%s", g.value(kind), g.condition(2))
		}
	}
	if g.chance(3) && g.made > 0 {
		g.depends()
	}
	if (kind == "int" || kind == "hex") && g.chance(2) {
		g.line("\trange %s %s%s", g.number(kind), g.number(kind), g.condition(2))
	}
	if tristate && g.chance(3) {
		g.selects(name)
	}
}

func (g *generator) depends() {
	if g.recent && g.chance(4) {
		g.line("\tdepends on %s if %s", g.expr(1), g.expr(2))
		return
	}
	g.line("\tdepends on %s", g.expr(2))
}

// selects selects a later symbol, so that no circle results.
func (g *generator) selects(name string) {
	word := g.pick("select", "select", "imply")
	if g.made+1 >= len(g.names) {
		return
	}
	var i int
	fmt.Sscanf(name, "S%d", &i)
	i = max(i, g.made)
	if i+1 >= len(g.names) {
		return
	}
	target := g.names[i+1+g.random.IntN(len(g.names)-i-1)]
	if k := g.kinds[target]; k != "bool" && k != "tristate" {
		return
	}
	g.line("\t%s %s%s", word, target, g.condition(3))
}

func (g *generator) help() {
	g.b.WriteString("\thelp\n")
	switch g.random.IntN(6) {
	case 0, 5:
		g.b.WriteString("\t  depends on N\n\n\t  default y\n")
	case 1:
		g.b.WriteString("\n\n  config NOT\n   bool \"x\"\n\t\n# not a comment\n")
	case 2:
		g.b.WriteString("\ttext\n\t text\n")
	case 3:
		g.b.WriteString(" text \\\n  and # more\n")
	case 4:
		g.b.WriteString("not indented at all\n\n")
	}
}

func (g *generator) choice() {
	first := g.made
	n := min(1+g.random.IntN(5), len(g.names)-g.made)
	g.line("choice")
	switch {
	case g.old && g.chance(3):
		g.line("\t%s \"choice\"%s", g.pick("bool", "tristate"), g.condition(3))
	default:
		g.line("\tprompt \"choice\"%s", g.condition(4))
	}
	if g.chance(4) && g.made > 0 {
		g.line("\tdepends on %s", g.expr(1))
	}
	for range g.random.IntN(3) {
		g.line("\tdefault %s%s", g.names[first+g.random.IntN(n)], g.condition(2))
	}
	if g.old && g.chance(4) {
		g.line("\toptional")
	}
	inner := false
	for i := range n {
		made := g.made
		g.made = first // members must not depend on each other
		expr := g.expr(1)
		g.made = made
		if first > 0 && !inner && i > 0 && g.chance(5) {
			g.line("if %s", expr)
			inner = true
		}
		g.memberSymbol(first)
	}
	if inner {
		g.line("endif")
	}
	g.line("endchoice")
}

func (g *generator) memberSymbol(first int) {
	made := g.made
	name := g.names[made]
	g.member[name] = true
	g.kinds[name] = "bool"
	if g.old && g.chance(5) {
		g.kinds[name] = "tristate"
	}
	g.line("config %s", name)
	g.made = first
	g.line("\t%s \"member\"%s", g.kinds[name], g.condition(3))
	if g.chance(3) && first > 0 {
		g.depends()
	}
	g.made = made + 1
	if g.chance(4) {
		condition := ""
		if made+6 < len(g.names) {
			if target := g.names[made+5+g.random.IntN(len(g.names)-made-5)]; g.kinds[target] == "bool" || g.kinds[target] == "tristate" {
				g.line("\t%s %s%s", g.pick("select", "imply"), target, condition)
			}
		}
	}
}

// condition returns " if …" in one of so many cases.
func (g *generator) condition(in int) string {
	if g.made == 0 || !g.chance(in) {
		return ""
	}
	return " if " + g.expr(2)
}

// ref returns a defined symbol.
func (g *generator) ref() string {
	if g.made == 0 {
		return "y"
	}
	return g.names[g.random.IntN(g.made)]
}

func (g *generator) expr(depth int) string {
	if depth == 0 || g.chance(3) {
		switch g.random.IntN(16) {
		case 0:
			if g.modular && g.chance(2) {
				return g.pick("m", `"m"`)
			}
			return g.pick("y", "n", `"y"`, "NOSUCH", "$(pick,true,y)", "$(yes)", "5")
		case 1, 2, 3:
			return g.comparison()
		case 4:
			return "!" + g.ref()
		case 5:
			if g.modular {
				return "MODULES"
			}
		}
		return g.ref()
	}
	switch g.random.IntN(5) {
	case 0:
		return "(" + g.expr(depth-1) + g.pick(" && ", " || ", "||") + g.expr(depth-1) + ")"
	case 1:
		return "!(" + g.expr(depth-1) + ")"
	case 2:
		return g.expr(depth-1) + " \\\n\t\t&& " + g.expr(depth-1)
	}
	return g.expr(depth-1) + g.pick(" && ", " || ", "&&") + g.expr(depth-1)
}

func (g *generator) comparison() string {
	left := g.pick(g.ref(), g.ref(), g.ref(), "NOSUCH", `"x86"`, `"$(ARCH)"`, `"$(word)"`)
	right := g.pick("y", "n", "m", g.ref(), g.ref(), "5", "0x10", "010", `""`, `"y"`, `"a b"`, "NOSUCH", `"x86"`, `"a x86 b"`, "-1", "17")
	op := g.pick("=", "=", "!=", "<", "<=", ">", ">=")
	if op == "!=" && (right == "y" || right == `"y"`) && g.kinds[left] == "bool" { // conf crashes
		op = "="
	}
	return left + g.pick(" ", "") + op + g.pick(" ", "") + right
}

func (g *generator) value(kind string) string {
	switch kind {
	case "bool", "tristate":
		return g.pick("y", "y", "m", "n", g.ref(), g.ref(), g.expr(1), "$(pick,false,y)", "$(yes)")
	case "string":
		return g.pick(`"x"`, `"y"`, `"a b"`, `"a \"q\" \\ b"`, "y", g.ref(), `""`, `"$(word)"`, "NOSUCH", `'it "is"'`)
	}
	return g.number(kind)
}

func (g *generator) number(kind string) string {
	if g.chance(6) && g.made > 0 {
		return g.ref()
	}
	if kind == "hex" {
		return g.pick("0x0", "0x10", "0xff", "ff", "0x8", "17")
	}
	return g.pick("0", "1", "5", "-3", "17", "100", "1000000")
}

// config returns a configuration that sets many of the symbols.
func (g *generator) config() string {
	var b strings.Builder
	if !g.chance(4) {
		b.WriteString("CONFIG_MODULES=y\n")
	}
	for _, i := range g.random.Perm(len(g.names)) {
		name := g.names[i]
		switch kind := g.kinds[name]; {
		case g.chance(3):
		case kind == "bool" || kind == "tristate":
			if v := g.pick("y", "y", "m", "n"); v == "n" {
				b.WriteString("# CONFIG_" + name + " is not set\n")
			} else {
				b.WriteString("CONFIG_" + name + "=" + v + "\n")
			}
		case kind == "string":
			b.WriteString("CONFIG_" + name + "=" + g.pick(`"x"`, `"y"`, `"a b"`, `"q\"\\"`, `""`) + "\n")
		case kind == "hex":
			b.WriteString("CONFIG_" + name + "=" + g.pick("0x10", "0xff", "0x0", "ab") + "\n")
		default:
			b.WriteString("CONFIG_" + name + "=" + g.pick("5", "0", "-3", "99", "17") + "\n")
		}
	}
	return b.String()
}
