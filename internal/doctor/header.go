package doctor

import (
	"context"
	"slices"
)

// header is a set of C headers that programs of the build include.
type header struct {
	item     item
	includes []string
	need     Need
	archs    []string // SRCARCHs that need it, on others it is Optional; empty: need holds for all
	why      string
}

var buildHeaders = []header{
	{itemLibc, []string{"stdlib.h", "stdio.h"}, Required, nil, "every program that the build runs is linked with the C library"},
	{itemUAPI, []string{"linux/types.h", "asm/types.h"}, Required, nil, "programs of the build that use kernel interfaces"},
	// CONFIG_OBJTOOL: even allnoconfig selects it on x86_64 and ppc32.
	{itemLibelf, []string{"libelf.h", "gelf.h"}, Required, []string{"x86", "powerpc", "loongarch"}, "objtool; BTF (tools/bpf/resolve_btfids)"},
	{itemLibcrypto, []string{"openssl/opensslv.h", "openssl/bio.h"}, Optional, nil, "certs/ and module signing, in most defconfigs"},
	{itemLibdw, []string{"dwarf.h", "elfutils/libdw.h"}, Optional, nil, "CONFIG_GENDWARFKSYMS, which Rust with CONFIG_MODVERSIONS needs"},
}

// headers runs the host compiler's preprocessor, which knows its own search path: it may not use a file under
// /usr/include, and may use one elsewhere (Nix, a sysroot).
func headers(ctx context.Context, opts Options) []Finding {
	compiler := lookPath(opts.Path, "gcc", "cc", "clang")
	var findings []Finding
	for _, h := range buildHeaders {
		if ctx.Err() != nil {
			break
		}
		if opts.skips(h.item) {
			continue
		}
		f := Finding{Name: h.item.name, Need: h.need, Why: h.why, item: h.item}
		if len(h.archs) > 0 && opts.SrcArch != "" && !slices.Contains(h.archs, opts.SrcArch) {
			f.Need = Optional
		}
		if compiler != "" {
			f.OK = preprocesses(ctx, opts, compiler, h.includes)
		}
		if f.OK {
			f.Found = h.includes[0] + ", by " + compiler
		}
		findings = append(findings, f)
	}
	return findings
}

func preprocesses(ctx context.Context, opts Options, compiler string, includes []string) bool {
	text := ""
	for _, name := range includes {
		text += "#include <" + name + ">\n"
	}
	_, err := run(ctx, opts, compiler, text, "-E", "-x", "c", "-o", "/dev/null", "-")
	return err == nil
}
