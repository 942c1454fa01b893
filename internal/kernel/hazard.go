package kernel

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/krustup/krustup/manifests"
)

// hazards returns the known hazards that a tree has for its architecture, in the order of the rules.
func (t *files) hazards(rules []manifests.HazardRule, r Requirements) ([]Hazard, error) {
	var found []Hazard
	for _, rule := range rules {
		if !rule.AppliesTo(r.SrcArch) {
			continue
		}
		where, holds, err := t.detect(rule.Detect, r.SrcArch)
		if err != nil {
			return nil, fmt.Errorf("looking for hazard %s: %w", rule.ID, err)
		}
		if !holds {
			continue
		}
		hazards, err := newHazards(rule, r, where)
		if err != nil {
			return nil, err
		}
		found = append(found, hazards...)
	}
	return found, nil
}

// newHazards applies a rule to one kernel.
func newHazards(rule manifests.HazardRule, r Requirements, where Where) ([]Hazard, error) {
	demand, _ := r.Demand(Tool(rule.Tool))
	ranges, err := rule.Ranges(demand.Version)
	if err != nil {
		return nil, err
	}
	var list []Hazard
	for _, effect := range []manifests.Effect{manifests.Fails, manifests.MayFail, manifests.Warns} {
		if bad, ok := ranges[effect]; ok {
			list = append(list, Hazard{
				ID: rule.ID, Tool: Tool(rule.Tool), Bad: bad, Effect: effect, Kind: rule.Kind, What: rule.What,
				Where: where, Links: slices.Clone(rule.Links),
			})
		}
	}
	return list, nil
}

// detect reports whether all tests hold, and where the first of them found what it looked for.
func (t *files) detect(tests []manifests.Detect, srcArch string) (where Where, holds bool, err error) {
	for _, test := range tests {
		at, holds, err := t.test(test, srcArch)
		if err != nil || !holds {
			return Where{}, false, err
		}
		if where == (Where{}) {
			where = at
		}
	}
	return where, true, nil
}

// test applies one test to its files in turn. A missing file passes neither `has` nor `lacks`, because a tree without
// the file does not have the part that the hazard is about.
func (t *files) test(test manifests.Detect, srcArch string) (Where, bool, error) {
	for _, name := range test.FilesFor(srcArch) {
		if test.Exists {
			if t.exists(name) {
				return Where{File: name}, true, nil
			}
			continue
		}
		lines, err := t.lines(name)
		if err != nil {
			return Where{}, false, err
		}
		start, lines := span(lines, test.Within)
		if lines == nil {
			continue
		}
		at := findText(name, lines, test.Has+test.Lacks)
		if test.Has != "" && at >= 0 {
			return Where{File: name, Line: start + at + 1}, true, nil
		}
		if test.Lacks != "" && at < 0 {
			where := Where{File: name}
			if test.Within != "" {
				where.Line = start + 1
			}
			return where, true, nil
		}
	}
	return Where{}, false, nil
}

// span returns the lines that define a make variable, and the index of the first. For "" it returns all lines.
func span(lines []string, variable string) (start int, part []string) {
	if variable == "" {
		return 0, lines
	}
	definition := regexp.MustCompile(`^[ \t]*` + regexp.QuoteMeta(variable) + `[ \t]*[:?+]?=`)
	for i, line := range lines {
		if !definition.MatchString(line) {
			continue
		}
		end := i
		for end+1 < len(lines) && strings.HasSuffix(lines[end], `\`) {
			end++
		}
		return i, lines[i : end+1]
	}
	return 0, nil
}

// findText returns the index of the first line that contains the text and is not a comment, or -1. A text of several
// lines is found where consecutive lines contain its lines.
func findText(name string, lines []string, text string) int {
	comment := "#"
	if strings.HasSuffix(name, ".rs") {
		comment = "//"
	}
	parts := strings.Split(text, "\n")
	for i := 0; i+len(parts) <= len(lines); i++ {
		found := !strings.HasPrefix(strings.TrimSpace(lines[i]), comment)
		for k := 0; found && k < len(parts); k++ {
			found = strings.Contains(lines[i+k], parts[k])
		}
		if found {
			return i
		}
	}
	return -1
}
