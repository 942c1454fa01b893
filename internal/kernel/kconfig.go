package kernel

import "strings"

// kconfigLine is one statement of a Kconfig file: the line that it starts on, with continued lines joined, comments
// and the text of help left out.
type kconfigLine struct {
	number int
	word   string // the keyword
	rest   string
}

// statements splits a Kconfig file (Documentation/kbuild/kconfig-language.rst). Help text is recognised as the kernel
// does: it goes on as long as lines are indented at least as far as its first.
func statements(lines []string) []kconfigLine {
	var list []kconfigLine
	for i := 0; i < len(lines); i++ {
		start := i
		text := stripComment(lines[i])
		for strings.HasSuffix(text, `\`) && i+1 < len(lines) {
			i++
			text = strings.TrimSuffix(text, `\`) + " " + stripComment(lines[i])
		}
		fields := strings.Fields(strings.TrimSuffix(text, `\`))
		if len(fields) == 0 {
			continue
		}
		word := fields[0]
		if word == "help" || word == "---help---" {
			i = skipHelp(lines, i+1) - 1
			continue
		}
		list = append(list, kconfigLine{number: start + 1, word: word, rest: strings.Join(fields[1:], " ")})
	}
	return list
}

// stripComment cuts a comment off, unless the # stands in quotes.
func stripComment(line string) string {
	quote := byte(0)
	for i := 0; i < len(line); i++ {
		switch c := line[i]; {
		case quote != 0 && c == '\\':
			i++
		case quote != 0 && c == quote:
			quote = 0
		case quote == 0 && (c == '"' || c == '\''):
			quote = c
		case quote == 0 && c == '#':
			return strings.TrimRight(line[:i], " \t")
		}
	}
	return strings.TrimRight(line, " \t\r")
}

// skipHelp gives the index of the first line after a help text that starts at or after from.
func skipHelp(lines []string, from int) int {
	for from < len(lines) && strings.TrimSpace(lines[from]) == "" {
		from++
	}
	if from == len(lines) {
		return from
	}
	least := indent(lines[from])
	if least == 0 {
		return from // an empty help text
	}
	for from < len(lines) && (strings.TrimSpace(lines[from]) == "" || indent(lines[from]) >= least) {
		from++
	}
	return from
}

// indent counts columns, with tabs to the next multiple of eight as Kconfig does.
func indent(line string) int {
	columns := 0
	for _, c := range line {
		switch c {
		case ' ':
			columns++
		case '\t':
			columns += 8 - columns%8
		default:
			return columns
		}
	}
	return columns
}

// configLine finds the definition of a symbol in a Kconfig file; the zero Where means that there is none.
func (t *files) configLine(name, symbol string) (Where, error) {
	lines, err := t.lines(name)
	if err != nil {
		return Where{}, err
	}
	for _, s := range statements(lines) {
		if (s.word == "config" || s.word == "menuconfig") && s.rest == symbol {
			return Where{File: name, Line: s.number}, nil
		}
	}
	return Where{}, nil
}

// haveRust collects the selects of HAVE_RUST in an architecture's Kconfig. It does not follow `source`: no kernel up
// to 7.3 selects it anywhere else.
func (t *files) haveRust(srcArch string) ([]HaveRust, error) {
	name := "arch/" + srcArch + "/Kconfig"
	lines, err := t.lines(name)
	if err != nil {
		return nil, err
	}
	return scanHaveRust(name, statements(lines)), nil
}

// configEntry is the `config` that a scan stands in.
type configEntry struct {
	symbol  string
	always  bool // it is on by itself: def_bool y, default y
	depends []string
	selects []HaveRust
}

// finish gives the entry's selects. A select takes effect only where its own symbol is on: that of the architecture
// (config X86, def_bool y) always is, any other is part of the condition.
func (c *configEntry) finish(blocks []string) []HaveRust {
	outer := append([]string(nil), blocks...)
	if !c.always && c.symbol != "" {
		outer = append(outer, c.symbol)
	}
	outer = append(outer, c.depends...)
	for i := range c.selects {
		c.selects[i].Condition = allOf(append(append([]string(nil), outer...), c.selects[i].Condition))
	}
	return c.selects
}

// allOf joins conditions to one; empty ones hold by themselves.
func allOf(conditions []string) string {
	var parts []string
	for _, c := range conditions {
		if c != "" {
			parts = append(parts, c)
		}
	}
	if len(parts) == 1 {
		return parts[0]
	}
	for i, p := range parts {
		if strings.Contains(p, "||") {
			parts[i] = "(" + p + ")"
		}
	}
	return strings.Join(parts, " && ")
}

func scanHaveRust(name string, list []kconfigLine) []HaveRust {
	var (
		found  []HaveRust
		blocks []string // conditions of the enclosing if … endif
		entry  configEntry
	)
	for _, s := range list {
		switch s.word {
		case "config", "menuconfig", "choice", "endchoice", "menu", "endmenu", "comment", "source", "mainmenu", "if", "endif":
			found = append(found, entry.finish(blocks)...)
			entry = configEntry{}
		}
		switch s.word {
		case "config", "menuconfig":
			entry.symbol = s.rest
		case "if":
			blocks = append(blocks, s.rest)
		case "endif":
			blocks = blocks[:max(0, len(blocks)-1)]
		case "def_bool", "default":
			entry.always = entry.always || s.rest == "y"
		case "depends":
			entry.depends = append(entry.depends, strings.TrimPrefix(s.rest, "on "))
		case "select":
			symbol, condition, _ := strings.Cut(s.rest, " if ")
			if strings.TrimSpace(symbol) == "HAVE_RUST" {
				entry.selects = append(entry.selects, HaveRust{
					Condition: strings.TrimSpace(condition), Where: Where{File: name, Line: s.number},
				})
			}
		}
	}
	return append(found, entry.finish(blocks)...)
}
