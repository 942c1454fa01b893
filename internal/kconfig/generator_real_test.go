//go:build e2e

package kconfig_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// generator writes random Kconfig files.
type generator struct {
	random *rand.Rand
	old    bool // choices as up to 6.10
	typed  bool // a choice can state that it is a bool, which it always is
	recent bool // transitional, depends … if
	names  []string
	kinds  map[string]string
	member map[string]bool
	trans  map[string]bool
	blocks []string // the open if and menu blocks
	made   int      // symbols defined so far; expressions use only those, so that none depends on itself
	b      strings.Builder
	// modular is the symbol of modules once it is defined: what it depends on must not depend on it, by a literal m either.
	modular string
}

func newGenerator(seed uint64, c conf) *generator {
	g := &generator{random: rand.New(rand.NewPCG(seed, 1)), kinds: map[string]string{}, member: map[string]bool{}, trans: map[string]bool{}}
	g.old = c.has("symbol.c", "sym_get_choice_prop")
	g.typed = c.has("parser.y", "choice_option: T_BOOL")
	g.recent = c.has("lexer.l", "transitional")
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
	if g.chance(4) {
		g.line("mainmenu \"Main $(ARCH)\"")
	}
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
	g.b.WriteString("later = $(word)$(NOSUCH)\nfirst = $(1)\n\tnested = $(first,$(first,$(1)),$(2))\nopen := (\nempty :=\n")
	modules := g.random.IntN(len(g.names) + 4)
	for g.made < len(g.names) {
		if g.made == modules || modules >= len(g.names) && g.made == 0 && modules < len(g.names)+3 {
			g.modules()
			modules = -1
		}
		g.block()
	}
	for len(g.blocks) > 0 {
		g.end()
	}
	parts := []string{g.b.String()}
	if g.chance(6) {
		source := g.pick("source \"sourced\"\n", "source \"$(first,sourced)\"\n", "if S0\nsource 'sourced'\nendif\n", "source sourced\n", "menu \"m\"\nvisible if S0\nsource \"sourced\"\nendmenu\n")
		parts = []string{parts[0] + source, "config SOURCED\n\tbool \"s\"\n\tdepends on S0 || S1\nconfig WHERE\n\tstring\n\tdefault \"$(filename):$(lineno)\"\n"}
	}
	for i := range parts {
		if g.chance(8) {
			parts[i] = strings.TrimSuffix(parts[i], "\n")
		}
		if g.chance(20) {
			parts[i] = strings.ReplaceAll(parts[i], "\n", "\r\n")
		}
		if g.chance(20) {
			parts[i] = "\ufeff" + parts[i]
		}
	}
	return strings.Join(parts, "\n%%%\n")
}

// modules defines the symbol that decides whether a tristate can be m. Without the attribute nothing does.
func (g *generator) modules() {
	name := g.pick("MODULES", "MODULES", "LOADABLE")
	g.line("%s %s", g.pick("config", "menuconfig"), name)
	g.line("\t%s \"modules\"%s", g.pick("bool", "bool", "bool", "tristate"), g.condition(6))
	if !g.chance(8) {
		g.line("\tmodules")
		g.modular = name
	}
	if g.chance(3) {
		g.line("\tdefault %s", g.pick("y", "y", "m", "n", g.ref()))
	}
	if g.chance(4) && g.made > 0 {
		g.line("\tdepends on %s", g.expr(1))
	}
	if g.modular == "" {
		g.modular = "NOSUCH"
	}
}

func (g *generator) end() {
	last := len(g.blocks) - 1
	g.line("end%s", g.blocks[last])
	g.blocks = g.blocks[:last]
}

// block writes a symbol, a choice, or the start or end of a menu or if.
func (g *generator) block() {
	switch n := g.random.IntN(16); {
	case n == 0 && g.made > 0 && len(g.blocks) < 4:
		g.line("if %s", g.expr(2))
		g.blocks = append(g.blocks, "if")
	case n == 1 && len(g.blocks) > 0, n == 2 && len(g.blocks) > 2:
		g.end()
	case n == 2:
		g.line("menu \"m\"")
		if g.chance(2) && g.made > 0 {
			g.depends()
		}
		for g.chance(2) && g.made > 0 {
			g.line("\tvisible if %s", g.expr(1))
		}
		g.blocks = append(g.blocks, "menu")
	case n == 3 || n == 4:
		g.choice()
	case n == 5 && g.made > 0 && len(g.blocks) == 0:
		g.again()
	case n == 6:
		g.line("comment \"c\"")
		if g.made > 0 {
			g.line("\tdepends on %s", g.expr(1))
		}
	default:
		g.symbol()
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
	kind := g.kinds[name]
	if g.chance(8) { // only the first type counts
		g.kinds[name] = g.pick("bool", "tristate", "int", "string")
	}
	g.attributes(name)
	g.made, g.kinds[name] = last, kind
}

func (g *generator) symbol() {
	name := g.names[g.made]
	if g.recent && len(g.blocks) == 0 && g.chance(25) {
		g.line("config %s", name)
		g.line("\t%s", g.kinds[name])
		g.line("\ttransitional")
		g.trans[name] = true
		g.made++
		return
	}
	g.line("config %s", name)
	if g.chance(60) { // without a type
		if g.made > 0 {
			g.depends()
		}
		g.line("\tdefault y")
		g.trans[name] = true // not defined again
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
	case g.chance(20):
		g.line("\t%s \"unclosed", kind)
	case g.chance(12): // the later one counts
		g.line("\tprompt %s%s", g.text(), g.condition(2))
		g.line("\t%s %s%s", kind, g.text(), g.condition(2))
	default:
		g.line("\t%s %s%s", kind, g.text(), g.condition(3))
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
	if g.chance(40) {
		g.line("\tdepends on %s", g.long())
	}
	if tristate && g.chance(3) {
		g.selects(name)
	}
}

// text returns a prompt.
func (g *generator) text() string {
	return g.pick(`"q # 'x'"`, `'q # "x"'`, `"a \"b\" \\ c"`, `" leading"`, `"$(word) $(open)"`, `""`)
}

// long returns a long expression.
func (g *generator) long() string {
	expr := g.ref()
	for range g.random.IntN(400) {
		expr += g.pick(" && ", " || ") + g.pick("", "!") + g.ref()
	}
	return expr
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
	if k := g.kinds[target]; k != "bool" && k != "tristate" && !g.chance(8) {
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
	case g.typed && g.chance(4):
		g.line("\tbool \"choice\"%s", g.condition(4))
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
		if g.chance(10) {
			g.line("comment \"c\"")
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
	if g.chance(5) {
		g.line("\tprompt \"member\"%s", g.condition(3))
		g.line("\t%s", g.kinds[name])
	} else {
		g.line("\t%s \"member\"%s", g.kinds[name], g.condition(3))
	}
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
			if g.modular != "" && g.chance(2) {
				return g.pick("m", `"m"`)
			}
			return g.pick("y", "n", `"y"`, "NOSUCH", "$(pick,true,y)", "$(yes)", "5", "$(first,y)", "$(nested,y,n)", "y$(empty)")
		case 1, 2, 3:
			return g.comparison()
		case 4:
			return "!" + g.ref()
		case 5:
			if g.modular != "" {
				return g.modular
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
		return g.pick(`"x"`, `"y"`, `"a b"`, `"a \"q\" \\ b"`, "y", g.ref(), `""`, `"$(word)"`, "NOSUCH", `'it "is"'`, `"$(later)"`, `"\a\$x $"`, `"$(first, a  b)$(nested,x)"`, `"$(lineno)"`, `'a'`, "m", `"$(error-if,n,no)"`)
	}
	return g.number(kind)
}

func (g *generator) number(kind string) string {
	if g.chance(6) && g.made > 0 {
		return g.ref()
	}
	if kind == "hex" {
		return g.pick("0x0", "0x10", "0xff", "ff", "0x8", "17", `"0xAb"`, "0xffffffffffffffffff", "-1")
	}
	return g.pick("0", "1", "5", "-3", "17", "100", "1000000", `"7"`, "99999999999999999999", "0x10", "NOSUCH")
}

// config returns a configuration that sets many of the symbols.
func (g *generator) config() string {
	var b strings.Builder
	if !g.chance(4) {
		b.WriteString("CONFIG_MODULES=y\nCONFIG_LOADABLE=" + g.pick("y", "y", "m") + "\n")
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
