package doctor

import (
	"context"
	"slices"
)

// optionItems lists what the build needs on the host for a configuration option in addition to what every build needs,
// for options of which CONFIG_RUST can depend on one, and those that most configurations have.
var optionItems = map[string][]item{
	"DEBUG_INFO_BTF":         {itemLibelf},                 // tools/bpf/resolve_btfids
	"GENDWARFKSYMS":          {itemLibdw, itemLibelf},      // scripts/gendwarfksyms
	"IKHEADERS":              {itemTar, itemXz},            // kernel/gen_kheaders.sh
	"KERNEL_XZ":              {itemXz},                     // scripts/Makefile.lib
	"LTO_CLANG_FULL":         {itemPython, itemPerl},       // scripts/Makefile.vmlinux_o
	"LTO_CLANG_THIN":         {itemPython, itemPerl},       // as for LTO_CLANG_FULL
	"MODULE_COMPRESS_XZ":     {itemXz},                     // scripts/Makefile.modinst
	"MODULE_SIG":             {itemOpenSSL, itemLibcrypto}, // certs/Makefile, scripts/sign-file
	"OBJTOOL":                {itemLibelf},                 // tools/objtool
	"SYSTEM_TRUSTED_KEYRING": {itemLibcrypto},              // certs/extract-cert
}

// ForOptions looks for what the host must have for the configuration options, named without CONFIG_, and returns what
// it lacks.
func ForOptions(ctx context.Context, opts Options, names []string) []Finding {
	var wanted []string
	for _, name := range names {
		for _, i := range optionItems[name] {
			wanted = append(wanted, i.name)
		}
	}
	if len(wanted) == 0 {
		return nil
	}
	opts.only = wanted
	return slices.DeleteFunc(Check(ctx, opts), func(f Finding) bool { return f.OK || !slices.Contains(wanted, f.Name) })
}
