package host

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/krustup/krustup/internal/version"
	"github.com/krustup/krustup/toolchain"
)

// bindgen finds every bindgen, each once. With LIBCLANG_PATH it loads that libclang, else that of the set's clang, and
// for a set with GCC the one that it finds itself.
func (p Places) bindgen(ctx context.Context, llvm []tool) []tool {
	var all []tool
	seen := map[string]bool{}
	for _, dir := range p.Path {
		list, broken := find(dir, "bindgen")
		all = append(all, uselessIn(toolchain.Bindgen, dir, broken)...)
		for _, f := range list {
			if seen[f.real] {
				continue
			}
			seen[f.real] = true
			all = append(all, p.bindgenOf(ctx, f, llvm)...)
		}
	}
	return all
}

// bindgenOf returns the tools of one bindgen: alone, and with the libclang that it loads.
func (p Places) bindgenOf(ctx context.Context, f found, llvm []tool) []tool {
	// bindgen 0.69.0 prints its version only if there is another argument:
	// https://github.com/rust-lang/rust-bindgen/pull/2678
	label, v, err := versionOf(ctx, toolchain.Bindgen, f.path, "--version", "workaround-for-0.69.0")
	if err != nil {
		return []tool{useless(toolchain.Bindgen, f.path, err)}
	}
	t := tool{Component: toolchain.Bindgen, Version: v, Where: f.dir, Label: label, Programs: map[string]string{"bindgen": f.path}}
	if p.Libclang != "" {
		if err := t.takeLibclang(ctx, p.Libclang); err != nil {
			t.Problem = err.Error()
		}
		return []tool{t}
	}
	own := t
	if own.Libclang, err = askLibclang(ctx, f.path, ""); err != nil {
		return []tool{t}
	}
	for _, l := range llvm {
		if l.Libclang.Series() == own.Libclang.Series() && l.Problem == "" {
			own.Paths = map[string]string{toolchain.PathLibclang: l.Paths[toolchain.PathLibclang]}
			return []tool{t, own}
		}
	}
	return []tool{t}
}

// takeLibclang adds the libclang that LIBCLANG_PATH names. If its name does not tell its version, bindgen does.
func (t *tool) takeLibclang(ctx context.Context, path string) error {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		path = newestLibclang(path)
	}
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		return fmt.Errorf("LIBCLANG_PATH (%s) does not name a libclang or a directory with one", path)
	}
	if t.Libclang, err = libclangVersion(real); err != nil {
		if t.Libclang, err = askLibclang(ctx, t.Programs["bindgen"], real); err != nil {
			return fmt.Errorf("%s (LIBCLANG_PATH) has no version in its name, and %w", real, err)
		}
	}
	t.Paths = map[string]string{toolchain.PathLibclang: real}
	return nil
}

// newestLibclang returns the newest libclang in a directory, or the directory if there is none.
func newestLibclang(dir string) string {
	best, newest := dir, version.Version{}
	for _, lib := range libclangsIn(dir) {
		v, err := libclangVersion(lib)
		if best == dir || err == nil && (newest.IsZero() || newest.Less(v)) {
			best, newest = lib, v
		}
	}
	return best
}

// askLibclang returns the version of the libclang that a bindgen loads, as scripts/rust_is_available.sh asks for it: the
// one at path, or with "" the one that it finds.
func askLibclang(ctx context.Context, bindgen, path string) (version.Version, error) {
	dir, err := os.MkdirTemp("", "krustup-bindgen-")
	if err != nil {
		return version.Version{}, err
	}
	defer os.RemoveAll(dir)
	header := filepath.Join(dir, "libclang.h")
	if err := os.WriteFile(header, []byte("#pragma message(\"clang version \" __clang_version__)\n"), 0o644); err != nil {
		return version.Version{}, err
	}
	var variables []string
	if path != "" {
		variables = []string{"LIBCLANG_PATH=" + path}
	}
	out, err := ask(ctx, bindgen, variables, header)
	if err != nil {
		return version.Version{}, err
	}
	v, err := toolchain.ParseVersionText(toolchain.LLVM, out.stderr)
	if err != nil {
		return v, fmt.Errorf("%s does not tell the version of its libclang: %w", bindgen, err)
	}
	return v, nil
}
