package install

import (
	"slices"
	"strings"
)

// Influence is a variable of the caller's environment that changes what the programs of a set do.
type Influence struct {
	Name    string `json:"name"`
	Changes string `json:"changes"` // what it changes
	Cleared bool   `json:"cleared"` // whether a build with the set runs without it
}

// influences has all of them. Cleared are those with which a set does not do what it was chosen and proved for. The
// others stay, because programs of the host need them too (libraries in CPATH, fakeroot in LD_PRELOAD).
//
// Not here are the variables that Kbuild has for this purpose, such as KRUSTFLAGS and KCFLAGS, and those that only
// cargo and rustup read, which no kernel build runs: RUSTFLAGS, RUSTC_WRAPPER, CARGO_*, RUSTUP_TOOLCHAIN. Makefiles set
// RUSTC_BOOTSTRAP. A variable that the set itself has, such as RUSTC, LLVM and LIBCLANG_PATH, is replaced.
var influences = []Influence{
	{"BINDGEN_EXTRA_CLANG_ARGS", "adds arguments to those of bindgen's libclang", true},
	{"CCC_OVERRIDE_OPTIONS", "edits the command line of clang", true},
	{"CLANG_NO_DEFAULT_CONFIG", "keeps clang from reading its configuration files", true},
	{"CLANG_PATH", "names the clang whose header directories bindgen uses", true},
	{"CLIPPY_ARGS", "adds arguments to those of clippy-driver", true},
	{"COMPILER_PATH", "names directories where compilers look for assemblers and linkers", true},
	{"DEPENDENCIES_OUTPUT", "lets GCC write another file of dependencies", true},
	{"GCC_COMPARE_DEBUG", "lets GCC compile twice", true},
	{"GCC_EXEC_PREFIX", "names the directory where GCC looks for its own programs", true},
	{"GNUTARGET", "sets the object format of the binutils", true},
	{"LDEMULATION", "sets the emulation of GNU ld", true},
	{"LLVM_CONFIG_PATH", "names the LLVM whose libclang bindgen looks for", true},
	{"RUSTC_FORCE_RUSTC_VERSION", "changes the version that rustc writes and expects in metadata", true},
	{"RUSTC_OVERRIDE_VERSION_STRING", "changes the version that rustc reports", true},
	{"RUST_TARGET_PATH", "names directories where rustc looks for target specifications", true},
	{"SUNPRO_DEPENDENCIES", "lets GCC write another file of dependencies", true},
	{"SYSROOT", "names the sysroot of clippy-driver", true},
	{"CPATH", "adds directories of headers, also to those of the kernel", false},
	{"C_INCLUDE_PATH", "adds directories of headers, also to those of the kernel", false},
	{"LD_PRELOAD", "loads a library into every program, also into those of the set", false},
	{"LD_RUN_PATH", "adds a run-path to what GNU ld links, also to the vDSO", false},
	{"LIBRARY_PATH", "adds directories of libraries to those of the linker", false},
	{"LLVM_IAS", "selects the assembler: with 0 it is one that a set for clang does not have", false},
	{"MAKEFILES", "lets make read other files before the kernel's Makefile", false},
}

// perTarget is the beginning of bindgen's variables for one target:
// https://rust-lang.github.io/rust-bindgen/requirements.html
const perTarget = "BINDGEN_EXTRA_CLANG_ARGS_"

// Influences returns the variables of an environment, in the form of os.Environ, that change what the programs of a set
// do, sorted: those that are cleared first.
func Influences(environment []string) []Influence {
	var found []Influence
	for _, entry := range environment {
		name, value, _ := strings.Cut(entry, "=")
		known := name
		if strings.HasPrefix(name, perTarget) {
			known = strings.TrimSuffix(perTarget, "_")
		}
		at := slices.IndexFunc(influences, func(i Influence) bool { return i.Name == known })
		if at < 0 || value == "" && !influences[at].Cleared {
			continue
		}
		found = append(found, Influence{Name: name, Changes: influences[at].Changes, Cleared: influences[at].Cleared})
	}
	slices.SortFunc(found, func(a, b Influence) int {
		if a.Cleared != b.Cleared {
			if a.Cleared {
				return -1
			}
			return 1
		}
		return strings.Compare(a.Name, b.Name)
	})
	return found
}

// Cleared returns the names of the variables of an environment that a build with the set runs without.
func (e Environment) Cleared(environment []string) []string {
	var names []string
	for _, i := range Influences(environment) {
		if _, own := e.Lookup(i.Name); i.Cleared && !own {
			names = append(names, i.Name)
		}
	}
	return names
}
