package doctor

import (
	"context"
	"slices"
)

// header is a C header that the build's own tools include.
type header struct {
	item     item
	includes []string
	need     Need
	archs    []string // when not empty, Required on these SRCARCHs only, else Optional
	why      string
}

var buildHeaders = []header{
	{itemLibc, []string{"stdlib.h", "stdio.h"}, Required, nil, "every tool of the build is linked with the C library"},
	{itemUAPI, []string{"linux/types.h", "asm/types.h"}, Required, nil, "tools of the build that speak with the kernel"},
	// CONFIG_OBJTOOL: even allnoconfig selects it on x86_64 and ppc32.
	{itemLibelf, []string{"libelf.h", "gelf.h"}, Required, []string{"x86", "powerpc", "loongarch"}, "objtool; BTF (tools/bpf/resolve_btfids)"},
	{itemLibcrypto, []string{"openssl/opensslv.h", "openssl/bio.h"}, Optional, nil, "certs/ and module signing, in most defconfigs"},
	{itemLibdw, []string{"dwarf.h", "elfutils/libdw.h"}, Optional, nil, "CONFIG_GENDWARFKSYMS, which Rust with CONFIG_MODVERSIONS needs"},
}

// headers asks the host compiler's preprocessor, which knows its own search path: a file under /usr/include may be of
// no use to it, and one elsewhere (Nix, a sysroot) may be.
func headers(ctx context.Context, opts Options) []Finding {
	compiler := lookPath(opts.Path, "gcc", "cc", "clang")
	var findings []Finding
	for _, h := range buildHeaders {
		if ctx.Err() != nil {
			break
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
