package kbuild

import (
	"context"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strings"

	"github.com/krustup/krustup/internal/kernel"
	"github.com/krustup/krustup/internal/version"
	"github.com/krustup/krustup/targets"
	"github.com/krustup/krustup/toolchain"
	"github.com/krustup/krustup/toolchain/install"
)

// Requests returns the requests to try for a set that can build modules for the kernel, the most exact first: all tools
// in the versions that built the kernel, and then each time one more of them left open, never rustc. What the user asks
// for in req is kept; the error is a *MetadataError when that is not possible for this kernel.
func (b Built) Requests(req toolchain.Request) ([]toolchain.Request, error) {
	if err := b.Usable(); err != nil {
		return nil, err
	}
	if err := b.refuse(req); err != nil {
		return nil, err
	}
	req.CC = b.CC
	req.Requirements = kernel.Requirements{
		Kernel: b.Kernel, Tree: b.Dir, Source: "built kernel", SrcArch: req.Target.SrcArch, RustInit: b.where("RUST"),
		// The configuration's flags are for one compiler.
		HaveRust: []kernel.HaveRust{{Condition: map[toolchain.Compiler]string{toolchain.Clang: "CC_IS_CLANG", toolchain.GNU: "CC_IS_GCC"}[b.CC], Where: b.where("HAVE_RUST")}},
	}
	req.Rustc = b.Rustc
	if channel := b.Rustc.Channel(); channel != "" && req.With[toolchain.Rust] == (toolchain.Wish{}) {
		req.With = maps.Clone(req.With)
		if req.With == nil {
			req.With = map[toolchain.Component]toolchain.Wish{}
		}
		req.With[toolchain.Rust] = toolchain.Wish{Channel: channel}
	}
	demands := []kernel.Demand{{Tool: kernel.Rustc, Version: b.Rustc.Release, Pinned: true, Where: b.where("RUSTC_VERSION_TEXT")}}
	if !b.Pahole.IsZero() {
		demands = append(demands, kernel.Demand{Tool: kernel.Pahole, Version: b.Pahole, Where: b.where("PAHOLE_VERSION")})
	}
	// The least important comes last: Kbuild does not run bindgen for a module, and only warns about another compiler.
	type tool struct {
		component toolchain.Component
		name      kernel.Tool
		version   version.Version
		symbol    string
	}
	compiler := tool{toolchain.GCC, kernel.GCC, b.Compiler, "GCC_VERSION"}
	if b.CC == toolchain.Clang {
		compiler = tool{toolchain.LLVM, kernel.LLVM, b.Compiler, "CLANG_VERSION"}
	}
	var optional []kernel.Demand
	for _, tool := range []tool{
		compiler,
		{toolchain.Bindgen, kernel.Bindgen, b.Bindgen, "BINDGEN_VERSION_TEXT"},
	} {
		if _, named := req.With[tool.component]; named || tool.version.IsZero() {
			continue
		}
		optional = append(optional, kernel.Demand{Tool: tool.name, Version: tool.version, Pinned: true, Where: b.where(tool.symbol)})
	}
	var list []toolchain.Request
	for n := len(optional); n >= 0; n-- {
		req.Requirements.Demands = slices.Concat(demands, optional[:n])
		list = append(list, req)
	}
	return list, nil
}

// refuse returns a *MetadataError for a request that is not possible for this kernel.
func (b Built) refuse(req toolchain.Request) error {
	// The release of a dated channel is only known once it is installed: Fits then compares the labels.
	wish, named := req.With[toolchain.Rust]
	if named && (wish.Channel != "" && b.Rustc.Channel() == "" || !wish.Range.Contains(b.Rustc.Release)) {
		err := b.unusable("its Rust metadata was made by %s, and %s requests another rustc: only the rustc that made the metadata can read it", b.Rustc.Text, wish.Flag(toolchain.Rust))
		err.Asked = wish.Flag(toolchain.Rust)
		return err
	}
	if req.CC != toolchain.Either && req.CC != b.CC {
		err := b.unusable("the kernel was built with %s %s, and its flags are for that compiler: --cc %s is not possible", b.CC, b.Compiler, req.CC)
		err.Asked = "--cc " + string(req.CC)
		return err
	}
	if !slices.ContainsFunc(b.targets, func(t targets.Target) bool { return t.Name == req.Target.Name }) {
		err := b.unusable("the kernel was built for %s, not for %s", b.Arch, req.Target.Name)
		err.Asked = "--target " + req.Target.Name
		return err
	}
	return nil
}

// Differs returns a sentence for each tool of a set that has another version than the one that built the kernel.
func (b Built) Differs(e install.Environment) []string {
	have := e.Versions()
	var list []string
	for _, tool := range []struct {
		component toolchain.Component
		was       version.Version
	}{{toolchain.LLVM, b.Compiler}, {toolchain.GCC, b.Compiler}, {toolchain.Bindgen, b.Bindgen}, {toolchain.Pahole, b.Pahole}} {
		is, found := have[string(tool.component)]
		if found && !tool.was.IsZero() && is != tool.was.String() {
			list = append(list, fmt.Sprintf("the kernel was built with %s %s, but the set has %s", tool.component, tool.was, is))
		}
	}
	return list
}

// Fits runs the set's rustc and compares its label with the kernel's: a version alone does not identify who built it.
// It returns a *MetadataError for another rustc than the one that made the kernel's metadata.
func (b Built) Fits(ctx context.Context, e install.Environment) error {
	rustc, ok := e.Lookup("RUSTC")
	if !ok {
		return fmt.Errorf("the set for %s has no rustc", e.Target)
	}
	ctx, cancel := context.WithTimeout(ctx, install.RustcTimeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, rustc, "--version")
	cmd.Env = e.Overlay(os.Environ())
	out, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("asking %s for its version: %w", rustc, err)
	}
	if is := strings.TrimSpace(string(out)); is != b.Rustc.Text {
		return b.unusable("its Rust metadata was made by %s, but the set has %s: rustc only reads metadata of its own build", b.Rustc.Text, is)
	}
	return nil
}
