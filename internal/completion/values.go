package completion

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/krustup/krustup/internal/store"
	"github.com/krustup/krustup/manifests"
	"github.com/krustup/krustup/targets"
	"github.com/krustup/krustup/toolchain"
)

// Candidate is a word that may be meant, and its meaning.
type Candidate struct{ Word, Meaning string }

// Answer is either a request that the shell completes file names, or a list of words.
type Answer struct {
	Files string // Files or Directories; "": the words
	Words []Candidate
}

// The requests for file names.
const (
	Files       = ":files"
	Directories = ":directories"
)

// Text returns the answer as the scripts read it: a request, or one candidate a line with a tab before its meaning.
func (a Answer) Text() string {
	if a.Files != "" {
		return a.Files + "\n"
	}
	var out strings.Builder
	for _, c := range a.Words {
		out.WriteString(c.Word + "\t" + c.Meaning + "\n")
	}
	return out.String()
}

// Starting returns the candidates that start with prefix.
func (a Answer) Starting(prefix string) Answer {
	a.Words = slices.DeleteFunc(a.Words, func(c Candidate) bool { return !strings.HasPrefix(c.Word, prefix) })
	if len(a.Words) > 0 {
		a.Files = ""
	}
	return a
}

// After returns the candidates with a prefix: the shell replaces the whole word.
func (a Answer) After(prefix string) Answer {
	for i := range a.Words {
		a.Words[i].Word = prefix + a.Words[i].Word
	}
	return a
}

// remark matches a part of a usage line in parentheses.
var remark = regexp.MustCompile(`\s*\([^)]*\)`)

// Listed returns the values that a usage line lists behind the value's name and a colon: "`FORMAT`: sh, fish or
// json (default: sh)".
func Listed(usage string) Answer {
	_, list, ok := strings.Cut(remark.ReplaceAllString(usage, ""), "`:")
	if !ok {
		return Answer{}
	}
	var all Answer
	for _, word := range strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ' ' || r == '…' }) {
		if word != "or" && !slices.Contains(all.Words, Candidate{Word: word}) {
			all.Words = append(all.Words, Candidate{Word: word})
		}
	}
	return all
}

// Words returns candidates without a meaning.
func Words(words []string) Answer {
	var all Answer
	for _, word := range words {
		all.Words = append(all.Words, Candidate{Word: word})
	}
	return all
}

// Targets returns all targets.
func Targets() Answer {
	var all Answer
	for _, t := range targets.All() {
		all.Words = append(all.Words, Candidate{t.Name, "ARCH=" + t.Arch})
	}
	return all
}

// Entries returns the entries of the ledger of wanted features.
func Entries() Answer {
	ledger, err := manifests.LoadWanted()
	if err != nil {
		return Answer{}
	}
	var all Answer
	for _, e := range ledger.Entries {
		all.Words = append(all.Words, Candidate{e.ID, e.Title})
	}
	return all
}

// Components returns the components that can be asked for.
func Components() Answer {
	var words []string
	for _, c := range toolchain.Selectable {
		words = append(words, string(c))
	}
	return Words(words)
}

// Kernels returns the releases that krustup knows.
func Kernels() Answer {
	rows, err := manifests.Kernels()
	if err != nil {
		return Answer{}
	}
	var all Answer
	for _, row := range rows {
		all.Words = append(all.Words, Candidate{row.Release.String(), "known release"})
	}
	return all
}

// Versions returns the components with =, and those of installed objects with their versions.
func Versions(objects []store.Object) Answer {
	all := Components()
	for i := range all.Words {
		all.Words[i].Word += "="
	}
	for _, o := range objects {
		c := Candidate{o.Record.Component + "=" + o.Record.Version.String(), "in the store"}
		if !slices.Contains(all.Words, c) {
			all.Words = append(all.Words, c)
		}
	}
	return all
}

// Sets returns the sets in stores, with what each is for.
func Sets(homes []string) Answer {
	var all Answer
	for _, home := range homes {
		entries, _ := os.ReadDir(filepath.Join(home, "sets")) // a store without sets has no candidates
		for _, entry := range entries {
			var set struct{ Target, CC string }
			data, err := os.ReadFile(filepath.Join(home, "sets", entry.Name(), store.EnvironmentName))
			if err == nil && json.Unmarshal(data, &set) == nil {
				all.Words = append(all.Words, Candidate{entry.Name(), set.Target + ", " + set.CC})
			}
		}
	}
	return all
}
