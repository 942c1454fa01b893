// Package ci writes configurations for CI systems: jobs that install the tools in krustup.lock and prove a repository's
// kernel with them. A system has Files. Each is a template in templates/, where [[ ]] holds what differs between
// repositories, because the systems themselves use {{ }}.
//
// Invariant: a configuration works unchanged once krustup.lock is committed and the system has been told where to get
// krustup. It contains no download URL.
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

// system lists the files of a CI system.
type system struct {
	name  string
	files []templated
}

type templated struct {
	template, path string
	executable     bool
}

// get is the script with which jobs install krustup.
var get = templated{"get", ".krustup/get", true}

var systems = []system{
	{"github", []templated{{"github.yml", ".github/workflows/krustup.yml", false}, get}},
	{"gitlab", []templated{{"gitlab.yml", ".gitlab-ci.yml", false}, get}},
	{"buildkite", []templated{{"buildkite.yml", ".buildkite/pipeline.yml", false}, get}},
	{"make", []templated{{"krustup.mk", "krustup.mk", false}}},
	{"container", []templated{{"Containerfile", "Containerfile", false}}},
}

// Systems returns the names that Render accepts.
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
	Release string // used where no tree is available: Kernel, or the series of the sources
	Pairs   []Pair // at least one
}

// values is the data of a template.
type values struct {
	Config
	Targets, CCs []string // sorted, without duplicates
	Missing      []Pair   // the pairs of Targets and CCs that are not in Pairs
	LockOptions  string   // options of krustup lock
	HostPackages []string // Debian packages that a kernel build needs
}

// hostPackages are the packages that `krustup doctor` requires on Debian; .ci/container tests the list in an empty
// root.
var hostPackages = []string{
	"bc", "bison", "ca-certificates", "cpio", "curl", "flex", "gcc", "gawk", "libc6-dev", "libelf-dev", "libssl-dev", "make", "openssl", "perl",
	"python3", "rsync", "xz-utils",
}

// UnknownError reports a name that is not one of Systems.
type UnknownError struct{ Name string }

// Error lists all systems.
func (e *UnknownError) Error() string {
	return fmt.Sprintf("unknown CI system %q: expected one of %s", e.Name, strings.Join(Systems(), ", "))
}

// Render returns the files of a system, or an *UnknownError.
func Render(name string, c Config) ([]File, error) {
	at := slices.IndexFunc(systems, func(s system) bool { return s.name == name })
	if at < 0 {
		return nil, &UnknownError{name}
	}
	parsed, err := template.New("").Delims("[[", "]]").Funcs(template.FuncMap{"join": func(words []string) string { return strings.Join(words, " ") }}).ParseFS(templates, "templates/*")
	if err != nil {
		return nil, fmt.Errorf("parsing templates: %w", err)
	}
	v := fill(c)
	var files []File
	for _, t := range systems[at].files {
		var out bytes.Buffer
		if err := parsed.ExecuteTemplate(&out, t.template, v); err != nil {
			return nil, fmt.Errorf("executing template %s: %w", t.template, err)
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
