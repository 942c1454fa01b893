package install

import (
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"

	"github.com/krustup/krustup/internal/store"
	"github.com/krustup/krustup/internal/trust"
	"github.com/krustup/krustup/targets"
	"github.com/krustup/krustup/toolchain"
)

// EnvironmentSchema is the version of environment.json and of `env --format json`.
const EnvironmentSchema = 1

// Variable is one make or environment variable.
type Variable struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Environment is what a shell or make needs to use an installed set. It has only absolute paths, so it also works under
// `env -i`, and puts no program between the build and its tools.
type Environment struct {
	Schema  int                `json:"schema"`
	Kernel  string             `json:"kernel,omitempty"` // of the request; not stored, because a set serves every kernel with the same demands
	Target  string             `json:"target"`
	Host    toolchain.Host     `json:"host"`
	CC      toolchain.Compiler `json:"cc"`
	Backend targets.Backend    `json:"backend,omitempty"` // code generator of rustc; "": LLVM
	Key     trust.Digest       `json:"request"`
	Bin     string             `json:"bin,omitempty"` // directory to put first on PATH; not stored
	Kbuild  []Variable         `json:"kbuild"`        // sorted by name
	Objects []Installed        `json:"objects"`
	Found   []toolchain.Found  `json:"found,omitempty"` // tools of the host that the set uses
}

// onHost returns the object that stands for a tool of the host: its tree is the whole file system.
func onHost(p toolchain.Pick) store.Object {
	return store.Object{Dir: "/", Record: store.Record{
		Component: string(p.Offer.Component), Version: p.Offer.Version, Label: p.Offer.Label, Supplier: p.Offer.Supplier,
		Suite: p.Offer.Suite, Host: p.Offer.Host.String(), Layout: string(toolchain.LayoutHost),
		Tools: p.Recipe.Tools, Paths: p.Recipe.Paths, Dir: "/",
	}}
}

// Installed is an object of a set, and its directory when the set was installed.
type Installed struct {
	ID  store.ID `json:"id"`
	Dir string   `json:"dir"`
}

// newEnvironment returns the environment of a set whose objects are in the store. bin is the directory of the set's links.
func newEnvironment(set toolchain.Set, target targets.Target, objects map[toolchain.Component]store.Object, bin string) (Environment, error) {
	e := Environment{Schema: EnvironmentSchema, Target: set.Target, Host: set.Host, CC: set.CC, Backend: set.Backend, Key: set.Key}
	e.Kbuild = kbuildVariables(set, target, objects, bin)
	for _, o := range objects {
		if o.Record.Layout != string(toolchain.LayoutHost) {
			e.Objects = append(e.Objects, Installed{o.ID, o.Record.Dir})
			continue
		}
		for _, rel := range o.Record.Tools {
			found, err := toolchain.Look(filepath.Join("/", rel))
			if err != nil {
				return Environment{}, err
			}
			e.Found = append(e.Found, found)
		}
	}
	sort.Slice(e.Objects, func(i, j int) bool { return e.Objects[i].ID.String() < e.Objects[j].ID.String() })
	sort.Slice(e.Found, func(i, j int) bool { return e.Found[i].Path < e.Found[j].Path })
	return e, nil
}

// kbuildVariables returns the variables of Documentation/kbuild/kbuild.rst and llvm.rst for a set, sorted by name. Tools
// of the host that are in several directories, or have a version in their names, have the names that Kbuild expects in
// bin only.
func kbuildVariables(set toolchain.Set, target targets.Target, objects map[toolchain.Component]store.Object, bin string) (list []Variable) {
	define := func(name, value string) { list = append(list, Variable{name, value}) }
	add := func(name, value string) {
		if value != "" {
			define(name, value)
		}
	}
	in := func(c toolchain.Component, rel string) string {
		if rel == "" {
			return ""
		}
		return filepath.Join(objects[c].Record.Dir, rel)
	}
	path := func(c toolchain.Component, key string) string { return in(c, objects[c].Record.Paths[key]) }
	tool := func(c toolchain.Component, name string) string { return in(c, objects[c].Record.Tools[name]) }
	list = TargetVariables(target)
	// Both are always set, the unused one to nothing: with an LLVM=1 of the user, a set for GCC would build with clang.
	switch set.CC {
	case toolchain.Clang:
		// The slash at the end makes Kbuild read it as a directory, not as a version suffix (Documentation/kbuild/llvm.rst).
		define("LLVM", cmp.Or(path(toolchain.LLVM, toolchain.PathLLVMBin), bin)+"/")
		define("CROSS_COMPILE", "")
	case toolchain.GNU:
		define("LLVM", "")
		define("CROSS_COMPILE", cmp.Or(path(toolchain.GCC, toolchain.PathCrossPrefix), linkPrefix(objects[toolchain.GCC].Record.Tools, bin)))
	}
	for name, program := range map[string]string{
		"RUSTC": "rustc", "HOSTRUSTC": "rustc", "RUSTDOC": "rustdoc", "RUSTFMT": "rustfmt", "CLIPPY_DRIVER": "clippy-driver",
	} {
		add(name, tool(toolchain.Rust, program))
	}
	if set.Backend == targets.GCC {
		// https://rust-for-linux.com/rustc_codegen_gcc; programs that run on the host are still built with LLVM.
		add("KRUSTFLAGS", "-Zcodegen-backend=gcc")
	}
	add("BINDGEN", tool(toolchain.Bindgen, "bindgen"))
	add("RUST_LIB_SRC", path(toolchain.Rust, toolchain.PathRustLibSrc))
	add("PAHOLE", tool(toolchain.Pahole, "pahole"))
	add("LIBCLANG_PATH", cmp.Or(path(toolchain.Bindgen, toolchain.PathLibclang), path(toolchain.LLVM, toolchain.PathLibclang)))
	sort.Slice(list, func(i, j int) bool { return list[i].Name < list[j].Name })
	return list
}

// linkPrefix returns the prefix of a GCC's links in bin: bin/x86_64-linux-gnu-. It is "" if there is no GCC.
func linkPrefix(tools map[string]string, bin string) string {
	for name := range tools {
		if triple, ok := strings.CutSuffix(name, "-gcc"); ok {
			return filepath.Join(bin, triple) + "-"
		}
	}
	return ""
}

// TargetVariables returns the variables that select a target, with any set.
func TargetVariables(target targets.Target) []Variable {
	list := []Variable{{"ARCH", target.Arch}}
	for _, assignment := range target.Make {
		name, value, _ := strings.Cut(assignment, "=")
		list = append(list, Variable{name, value})
	}
	return list
}

// programs maps the names for PATH to the absolute paths of a set's programs.
func programs(objects map[toolchain.Component]store.Object) map[string]string {
	all := map[string]string{}
	for component, o := range objects {
		if component == toolchain.Patchelf {
			continue
		}
		for name, rel := range o.Record.Tools {
			all[name] = filepath.Join(o.Record.Dir, rel)
		}
	}
	return all
}

// NotInstalledError reports that the set for a request is not installed.
type NotInstalledError struct {
	Target string
	CC     toolchain.Compiler
	Why    error // an object that is missing, or nil when the set was never installed
}

// Error names the damaged or missing object, if the set was installed once.
func (e *NotInstalledError) Error() string {
	text := fmt.Sprintf("no toolchain set for %s is installed for this kernel", e.Target)
	if e.Why != nil {
		text += ": " + e.Why.Error()
	}
	return text
}

// Unwrap returns the error of the object that is missing, which may be a *store.MovedError or *store.CorruptError.
func (e *NotInstalledError) Unwrap() error { return e.Why }

// Activate returns the environment of the set that Install last installed for a request. It reads only the store: no
// catalogue and no network; it writes nothing. The error is a *NotInstalledError when the set or an object of it is
// missing.
func Activate(st *store.Store, req toolchain.Request) (Environment, error) {
	cc, err := req.Compiler()
	if err != nil {
		return Environment{}, err
	}
	req.CC = cc
	missing := &NotInstalledError{Target: req.Target.Name, CC: cc}
	dir, ok := st.Set(req.Key().Short())
	if !ok {
		return Environment{}, missing
	}
	e, err := readEnvironment(filepath.Join(dir, store.EnvironmentName))
	if err != nil {
		return Environment{}, err
	}
	e.Bin = filepath.Join(dir, "bin")
	for _, want := range e.Objects {
		// The variables contain directories: the same object in another store cannot replace it.
		o, err := st.Lookup(want.ID)
		if err == nil && o.Record.Dir != want.Dir {
			err = &store.MovedError{Object: o, Was: want.Dir, Is: o.Record.Dir}
		}
		if err != nil {
			missing.Why = err
			return Environment{}, missing
		}
	}
	for _, was := range e.Found {
		is, err := toolchain.Look(was.Path)
		if err == nil && (is.Size != was.Size || !is.Modified.Equal(was.Modified)) {
			err = &toolchain.ChangedError{Path: was.Path}
		}
		if err != nil {
			missing.Why = err
			return Environment{}, missing
		}
	}
	e.Kernel = req.Requirements.Kernel.String()
	return e, nil
}

func readEnvironment(path string) (Environment, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return Environment{}, fmt.Errorf("reading set: %w", err)
	}
	var e Environment
	if err := json.Unmarshal(data, &e); err != nil || e.Schema != EnvironmentSchema {
		return Environment{}, fmt.Errorf("%s: expected environment format %d, found %d: install the set again", path, EnvironmentSchema, e.Schema)
	}
	return e, nil
}

// Versions maps the components of the set to their versions. Tools of the host are left out.
func (e Environment) Versions() map[string]string {
	all := map[string]string{}
	for _, o := range e.Objects {
		all[o.ID.Name()] = o.ID.Version()
	}
	return all
}

// Lookup returns the set's value for a make variable, which may be empty; ok is false if the set has none.
func (e Environment) Lookup(name string) (value string, ok bool) {
	for _, v := range e.Kbuild {
		if v.Name == name {
			return v.Value, true
		}
	}
	return "", false
}

// Overlay returns base, in the form of os.Environ, with the set's programs first on PATH and its variables, and without
// those that Cleared returns.
func (e Environment) Overlay(base []string) []string {
	out := make([]string, 0, len(base)+len(e.Kbuild)+1)
	cleared := e.Cleared(base)
	var searchPath []string
	if e.Bin != "" {
		searchPath = append(searchPath, e.Bin)
	}
	for _, entry := range base {
		name, value, _ := strings.Cut(entry, "=")
		if name == "PATH" {
			if value != "" {
				searchPath = append(searchPath, value)
			}
			continue
		}
		if _, set := e.Lookup(name); !set && !slices.Contains(cleared, name) {
			out = append(out, entry)
		}
	}
	out = append(out, "PATH="+strings.Join(searchPath, string(os.PathListSeparator)))
	for _, v := range e.Kbuild {
		out = append(out, v.Name+"="+v.Value)
	}
	return out
}

// MakeArguments returns the variables as arguments for make. Only on make's command line do they override the
// assignments in the kernel's Makefile.
func (e Environment) MakeArguments() []string {
	args := make([]string, len(e.Kbuild))
	for i, v := range e.Kbuild {
		args[i] = v.Name + "=" + v.Value
	}
	return args
}
