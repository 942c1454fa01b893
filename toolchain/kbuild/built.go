package kbuild

import (
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/krustup/krustup/internal/kconfig"
	"github.com/krustup/krustup/internal/kernel"
	"github.com/krustup/krustup/internal/version"
	"github.com/krustup/krustup/targets"
	"github.com/krustup/krustup/toolchain"
)

// Built is a built kernel, or a package of its headers, with the tools that it records as those that built it. Versions
// that it does not record are zero.
type Built struct {
	Dir      string               `json:"dir"`               // absolute; what `make -C` takes for a module
	Config   string               `json:"config"`            // the file in it that was read
	Kernel   version.Version      `json:"kernel"`            // 7.3.4
	Release  string               `json:"release,omitempty"` // `uname -r`: "7.3.4+deb13-amd64"
	Arch     string               `json:"arch"`              // Kbuild's ARCH, as make had it: "x86" also stands for x86_64
	CC       toolchain.Compiler   `json:"cc"`
	Compiler version.Version      `json:"compiler"` // clang's or gcc's
	Bindgen  version.Version      `json:"bindgen"`
	Pahole   version.Version      `json:"pahole"`
	Rust     bool                 `json:"rust"` // CONFIG_RUST
	Rustc    toolchain.RustcLabel `json:"rustc"`
	Metadata []string             `json:"metadata"` // rust/*.rmeta, relative to Dir; all written by Rustc

	config  kconfig.Config
	lines   map[string]int // line of Config that sets a symbol
	targets []targets.Target
}

// NotBuiltError reports a directory that is neither a built kernel nor a package of its headers.
type NotBuiltError struct{ Dir, Missing string }

// Error names the missing file by which the directory was judged.
func (e *NotBuiltError) Error() string {
	return fmt.Sprintf("%s is neither a built kernel nor its headers: it has no %s", e.Dir, e.Missing)
}

// MetadataError reports why no set, or not the requested one, can use the Rust metadata of a kernel.
type MetadataError struct {
	Dir, Reason string
	Asked       string // the option that requests what is not possible, "" when none does
	Missing     bool   // the kernel was built with Rust, but its metadata is missing
}

func (e *MetadataError) Error() string { return e.Dir + ": " + e.Reason }

// ReadBuilt reads the configuration that a kernel was built with, and its rust/*.rmeta. It returns a *NotBuiltError, a
// *MetadataError when the .rmeta do not belong together, or an error with file and line. A kernel without Rust, or
// headers without metadata, is not an error: see Usable.
func ReadBuilt(dir string) (Built, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return Built{}, fmt.Errorf("reading built kernel: %w", err)
	}
	b := Built{Dir: dir, Metadata: []string{}}
	// auto.conf is what the build itself read; .config may have been changed since.
	var data []byte
	for _, name := range []string{"include/config/auto.conf", ".config"} {
		data, err = os.ReadFile(filepath.Join(dir, name))
		if err == nil {
			b.Config = name
			break
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return Built{}, fmt.Errorf("reading built kernel: %w", err)
		}
	}
	if err != nil {
		return Built{}, &NotBuiltError{dir, "include/config/auto.conf and no .config"}
	}
	if _, err := os.Stat(filepath.Join(dir, "Makefile")); err != nil {
		return Built{}, &NotBuiltError{dir, "Makefile"}
	}
	if release, err := os.ReadFile(filepath.Join(dir, "include/config/kernel.release")); err == nil {
		b.Release = strings.TrimSpace(string(release))
	}
	if err := b.readConfig(data); err != nil {
		return Built{}, fmt.Errorf("%s: %w", filepath.Join(dir, b.Config), err)
	}
	if err := b.readMetadata(); err != nil {
		return Built{}, err
	}
	return b, nil
}

// configTitle matches the main menu's title, which Kconfig writes at the head of the files that it generates.
var configTitle = regexp.MustCompile(`(?m)^# Linux/([a-z0-9_]+) ([0-9]+\.[0-9]+)\.([0-9]+)(-rc[0-9]+)?\S* Kernel Configuration$`)

func (b *Built) readConfig(data []byte) error {
	var err error
	if b.config, err = kconfig.ReadConfig(bytes.NewReader(data)); err != nil {
		return err
	}
	if ignored := b.config.Warnings; len(ignored) > 0 && b.Config != ".config" { // only Kconfig writes auto.conf
		return errors.New(ignored[0].String())
	}
	b.lines = map[string]int{}
	scan := bufio.NewScanner(bytes.NewReader(data))
	scan.Buffer(nil, 1<<20)
	for n := 1; scan.Scan(); n++ {
		name, _, _ := strings.Cut(scan.Text(), "=")
		b.lines[strings.TrimPrefix(name, "CONFIG_")] = n
	}
	title := configTitle.FindSubmatch(data)
	if title == nil {
		return errors.New("no line names the kernel, expected `# Linux/x86 7.2.1 Kernel Configuration`")
	}
	b.Arch = string(title[1])
	release := string(title[2])
	if patch := string(title[3]); patch != "0" {
		release += "." + patch
	}
	if b.Kernel, err = version.Parse(release + string(title[4])); err != nil {
		return err
	}
	b.targets = slices.DeleteFunc(targets.All(), func(t targets.Target) bool { return !b.builtFor(t) })
	b.Rust = b.config.Value("RUST") == "y"
	return b.readTools()
}

// readTools parses what Kconfig recorded about the tools: numbers as scripts/cc-version.sh and pahole-version.sh print
// them, and version lines of the programs.
func (b *Built) readTools() error {
	b.CC, b.Compiler = toolchain.GNU, b.number("GCC_VERSION")
	if b.config.Value("CC_IS_CLANG") == "y" {
		b.CC, b.Compiler = toolchain.Clang, b.number("CLANG_VERSION")
	}
	if n, err := strconv.Atoi(b.config.Value("PAHOLE_VERSION")); err == nil && n > 0 {
		b.Pahole, _ = version.Parse(fmt.Sprintf("%d.%d", n/100, n%100))
	}
	// Some builds of bindgen print more than "bindgen 0.71.1".
	if words := strings.Fields(b.config.Value("BINDGEN_VERSION_TEXT")); len(words) > 1 {
		b.Bindgen, _ = version.Parse(words[1])
	}
	if text := b.config.Value("RUSTC_VERSION_TEXT"); text != "" {
		label, err := toolchain.ParseRustcLabel(text)
		if err != nil {
			return fmt.Errorf("line %d: CONFIG_RUSTC_VERSION_TEXT: %w", b.lines["RUSTC_VERSION_TEXT"], err)
		}
		b.Rustc = label
	}
	return nil
}

// number parses a version number of Kconfig: 190107 is 19.1.7, with two digits for each of the lower parts.
func (b *Built) number(symbol string) version.Version {
	n, err := strconv.Atoi(b.config.Value(symbol))
	if err != nil || n <= 0 {
		return version.Version{}
	}
	v, _ := version.Parse(fmt.Sprintf("%d.%d.%d", n/10000, n/100%100, n%100))
	return v
}

// readMetadata reads which rustc wrote each rust/*.rmeta. A module is compiled against these files, so their label
// replaces the configuration's.
func (b *Built) readMetadata() error {
	found, err := filepath.Glob(filepath.Join(b.Dir, "rust", "*.rmeta"))
	if err != nil {
		return fmt.Errorf("looking for metadata: %w", err)
	}
	for _, path := range found {
		label, err := toolchain.MetadataLabel(path)
		if err != nil {
			return err
		}
		rel := filepath.Join("rust", filepath.Base(path))
		// Kconfig removes '#' from rustc's label.
		if b.Rustc.Text != "" && strings.ReplaceAll(label.Text, "#", "") != strings.ReplaceAll(b.Rustc.Text, "#", "") {
			of := b.Config
			if len(b.Metadata) > 0 {
				of = b.Metadata[0]
			}
			return b.unusable("%s was made by %s, and %s by %s: they do not belong together", rel, label.Text, of, b.Rustc.Text)
		}
		b.Rustc = label
		b.Metadata = append(b.Metadata, rel)
	}
	return nil
}

// needed lists the metadata that every Rust module is compiled against (rust_common_cmd of scripts/Makefile.build).
var needed = []string{"rust/libcore.rmeta", "rust/libkernel.rmeta"}

// Usable returns a *MetadataError that says why no tools can build a Rust module for this kernel, nil when some can.
func (b Built) Usable() error {
	release := cmp.Or(b.Release, b.Kernel.String())
	switch {
	case !b.Rust:
		return b.unusable("Linux %s was built without Rust (no CONFIG_RUST=y in %s): no Rust module can be built for it", release, b.Config)
	case b.config.Value("MODULES") != "y":
		return b.unusable("Linux %s was built without modules (no CONFIG_MODULES=y in %s)", release, b.Config)
	}
	for _, name := range needed {
		if len(b.Metadata) == 0 {
			name = "rust/*.rmeta"
		}
		if !slices.Contains(b.Metadata, name) {
			err := b.unusable("there is no %s: Linux %s was built with Rust, by %s, but the metadata that Rust modules are compiled against is missing", name, release, b.Rustc.Text)
			err.Missing = true
			return err
		}
	}
	return nil
}

func (b Built) unusable(format string, args ...any) *MetadataError {
	return &MetadataError{Dir: b.Dir, Reason: fmt.Sprintf(format, args...)}
}

// builtFor reports whether the configuration is for a target.
func (b *Built) builtFor(t targets.Target) bool {
	return !t.Since.IsZero() && ForArch(t, b.Arch) && symbolsFit(t, b.config)
}

// symbolsFit reports whether a configuration has the symbols that the target's variant of its ARCH determines.
func symbolsFit(t targets.Target, config kconfig.Config) bool {
	for symbol, want := range t.Symbols {
		if (config.Value(symbol) == "y") != want {
			return false
		}
	}
	return true
}

// Target returns the target that the kernel was built for, or a *toolchain.NoRustError when none with Rust matches.
func (b Built) Target() (targets.Target, error) {
	if len(b.targets) == 0 {
		return targets.Target{}, &toolchain.NoRustError{Kernel: b.Kernel, Target: targets.Target{Name: b.Arch, NoRust: "its configuration matches no target with Rust"}}
	}
	return b.targets[0], nil
}

// where returns the place that sets a symbol.
func (b Built) where(symbol string) kernel.Where {
	return kernel.Where{File: b.Config, Line: b.lines[symbol]}
}
