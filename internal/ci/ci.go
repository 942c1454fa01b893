// Package ci writes configurations for CI systems: what a repository needs so that its jobs get the tools that
// krustup.lock names and prove its kernel with them. A System has Files; each is a template below templates/, where
// [[ ]] holds what differs between repositories (the systems themselves have use for {{ }}).
//
// Invariant: what is written works as it is, once krustup.lock is there and the system was told where krustup comes
// from; it names no address of its own.
package ci

import (
	"bytes"
	"cmp"
	"embed"
	"fmt"
	"slices"
	"strings"
	"text/template"
)

//go:embed templates
var templates embed.FS

// File is one file of a configuration.
type File struct {
	Path       string // relative to the repository, with slashes
	Executable bool
	Data       []byte
}

// system says which template becomes which file.
type system struct {
	name  string
	files []templated
}

type templated struct {
	template, path string
	executable     bool
}

// get is the script through which jobs come by krustup.
var get = templated{"get", ".krustup/get", true}

var systems = []system{
	{"github", []templated{{"github.yml", ".github/workflows/krustup.yml", false}, get}},
	{"gitlab", []templated{{"gitlab.yml", ".gitlab-ci.yml", false}, get}},
	{"buildkite", []templated{{"buildkite.yml", ".buildkite/pipeline.yml", false}, get}},
	{"make", []templated{{"krustup.mk", "krustup.mk", false}}},
	{"container", []templated{{"Containerfile", "Containerfile", false}}},
}

// Systems lists the names that Render takes.
func Systems() []string {
	names := make([]string, len(systems))
	for i, s := range systems {
		names[i] = s.name
	}
	return names
}

// Pair is one job: a target and a C compiler.
type Pair struct{ Target, CC string }

// Config is what differs between repositories.
type Config struct {
	Tree    string // the kernel's sources, relative to the repository: "." or "linux"
	Kernel  string // the release to fetch into Tree; "": the sources are in the repository
	Release string // what stands in for a tree where there is none: Kernel, or the series of the sources
	Pairs   []Pair // at least one
}

// values is what a template sees.
type values struct {
	Config
	Targets, CCs []string // each once, sorted
	Missing      []Pair   // what Targets times CCs has and Pairs has not
	LockOptions  string   // of krustup lock
	HostPackages []string // what building a kernel needs of Debian
}

// hostPackages are what `krustup doctor` asks for on Debian; .ci/container tries the list in an empty root.
var hostPackages = []string{
	"bc", "bison", "ca-certificates", "cpio", "curl", "flex", "gcc", "gawk", "libc6-dev", "libelf-dev", "libssl-dev", "make", "openssl", "perl",
	"python3", "rsync", "xz-utils",
}

// UnknownError says that there is no such system.
type UnknownError struct{ Name string }

func (e *UnknownError) Error() string {
	return fmt.Sprintf("unknown CI system %q: there are %s", e.Name, strings.Join(Systems(), ", "))
}

// Render gives the files of a system: a *UnknownError when there is no such.
func Render(name string, c Config) ([]File, error) {
	at := slices.IndexFunc(systems, func(s system) bool { return s.name == name })
	if at < 0 {
		return nil, &UnknownError{name}
	}
	parsed, err := template.New("").Delims("[[", "]]").Funcs(template.FuncMap{"join": func(words []string) string { return strings.Join(words, " ") }}).ParseFS(templates, "templates/*")
	if err != nil {
		return nil, fmt.Errorf("templates: %w", err)
	}
	v := fill(c)
	var files []File
	for _, t := range systems[at].files {
		var out bytes.Buffer
		if err := parsed.ExecuteTemplate(&out, t.template, v); err != nil {
			return nil, fmt.Errorf("templates: %w", err)
		}
		files = append(files, File{Path: t.path, Executable: t.executable, Data: out.Bytes()})
	}
	return files, nil
}

func fill(c Config) values {
	v := values{Config: c, HostPackages: hostPackages}
	for _, p := range c.Pairs {
		if !slices.Contains(v.Targets, p.Target) {
			v.Targets = append(v.Targets, p.Target)
		}
		if !slices.Contains(v.CCs, p.CC) {
			v.CCs = append(v.CCs, p.CC)
		}
	}
	slices.Sort(v.Targets)
	slices.Sort(v.CCs)
	for _, target := range v.Targets {
		for _, cc := range v.CCs {
			if p := (Pair{target, cc}); !slices.Contains(c.Pairs, p) {
				v.Missing = append(v.Missing, p)
			}
		}
	}
	v.Pairs = slices.SortedFunc(slices.Values(c.Pairs), func(a, b Pair) int {
		return cmp.Or(cmp.Compare(a.Target, b.Target), cmp.Compare(a.CC, b.CC))
	})
	where := "--tree " + c.Tree
	if c.Kernel != "" {
		where = "--kernel " + c.Kernel
	}
	words := []string{where}
	for _, target := range v.Targets {
		words = append(words, "--target "+target)
	}
	for _, cc := range v.CCs {
		words = append(words, "--cc "+cc)
	}
	v.LockOptions = strings.Join(words, " ")
	return v
}
