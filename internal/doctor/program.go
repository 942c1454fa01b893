package doctor

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/krustup/krustup/internal/child"
	"github.com/krustup/krustup/internal/version"
)

// program is a program that a build runs.
type program struct {
	item    item
	names   []string // alternatives; the first one that is on the path is used
	need    Need
	minimum string // minimum version; "": any
	says    string // text that its --version must contain: BSD make is not GNU make
	why     string
	ask     string // option that prints its version; "": --version
}

// buildPrograms are the programs that Kbuild runs in addition to the toolchain set. The minimum versions are from
// Documentation/process/changes.rst.
var buildPrograms = []program{
	{itemMake, []string{"make", "gmake"}, Required, "4.0", "GNU Make", "runs Kbuild", ""},
	{itemCC, []string{"gcc", "cc", "clang"}, Required, "", "", "builds and links the tools that run during the build (scripts/, tools/)", ""},
	{itemFlex, []string{"flex"}, Required, "2.5.35", "", "generates the lexers of scripts/kconfig and scripts/dtc", ""},
	{itemBison, []string{"bison"}, Required, "2.0", "", "generates the parsers of scripts/kconfig and scripts/dtc", ""},
	{itemBC, []string{"bc"}, Required, "", "", "generates include/generated/timeconst.h", ""},
	{itemBash, []string{"bash"}, Required, "4.2", "", "runs scripts that POSIX sh cannot; ARCH=um links with it", ""},
	{itemAwk, []string{"gawk", "mawk", "awk"}, Required, "", "", "writes modules.order and generated headers", ""},
	{itemFind, []string{"find"}, Required, "", "", "collects files for make clean and module lists", ""},
	{itemCmp, []string{"cmp"}, Required, "", "", "detects whether a generated file changed", ""},
	{itemPerl, []string{"perl"}, Optional, "5.0", "", "X.509 (lib/build_OID_registry, in most defconfigs) and assembly crypto", ""},
	{itemPython, []string{"python3"}, Optional, "3.9", "", "make rust-analyzer, LTO with Clang, some drivers", ""},
	{itemTar, []string{"tar"}, Optional, "", "", "CONFIG_IKHEADERS and make *-pkg", ""},
	{itemXz, []string{"xz"}, Optional, "", "", "CONFIG_IKHEADERS, CONFIG_KERNEL_XZ; unpacks kernel sources twice as fast", ""},
	{itemCpio, []string{"cpio"}, Optional, "", "", "CONFIG_IKHEADERS up to 6.12, initramfs images", ""},
	{itemRsync, []string{"rsync"}, Optional, "", "", "make headers_install", ""},
	{itemOpenSSL, []string{"openssl"}, Optional, "1.0.0", "", "generates the key for CONFIG_MODULE_SIG", "version"},
}

func programs(ctx context.Context, opts Options) []Finding {
	var findings []Finding
	for _, p := range buildPrograms {
		if ctx.Err() != nil {
			break
		}
		if opts.skips(p.item) {
			continue
		}
		findings = append(findings, p.look(ctx, opts))
	}
	return findings
}

// look runs the program to read its version. A program that prints none (busybox's bc) is OK when no minimum version is
// set: it can be run.
func (p program) look(ctx context.Context, opts Options) Finding {
	f := Finding{Name: p.item.name, Need: p.need, Why: p.why, item: p.item}
	path := lookPath(opts.Path, p.names...)
	if path == "" {
		return f
	}
	f.Found = path
	output, err := run(ctx, opts, path, "", cmp.Or(p.ask, "--version"))
	if ctx.Err() != nil {
		return f
	}
	number := versionIn(output)
	if number != "" {
		f.Found += ", " + number
	}
	_, ended := errors.AsType[*exec.ExitError](err)
	switch {
	case err != nil && !ended:
		f.Fix = fmt.Sprintf("%s cannot be run: %v", path, err)
	case !strings.Contains(output, p.says):
		f.Fix = fmt.Sprintf("%s is not %s: put that first on PATH", path, p.says)
	case p.minimum != "" && !atLeast(number, p.minimum):
		f.Fix = fmt.Sprintf("%s is %s, expected %s or newer", path, orUnknown(number), p.minimum)
	default:
		f.OK = true
	}
	return f
}

func orUnknown(number string) string {
	if number == "" {
		return "of an unknown version"
	}
	return number
}

// lookPath returns the path of the first of names that is an executable file in a directory of path, or "". It does not
// use exec.LookPath, which knows only the PATH of the process.
func lookPath(path string, names ...string) string {
	for _, name := range names {
		for _, dir := range filepath.SplitList(path) {
			if !filepath.IsAbs(dir) {
				continue // do not run programs from the working directory
			}
			file := filepath.Join(dir, name)
			if info, err := os.Stat(file); err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0 {
				return file
			}
		}
	}
	return ""
}

// run returns the first 64 KiB of a program's output, with both streams combined.
func run(ctx context.Context, opts Options, path, input string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, opts.Timeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Env = append(os.Environ(), "LC_ALL=C", "PATH="+opts.Path)
	cmd.Stdin = strings.NewReader(input)
	out := child.Output{Most: 64 << 10}
	cmd.Stdout, cmd.Stderr = &out, &out
	// A child that outlives the program may keep the output open. Do not wait for it.
	cmd.WaitDelay = opts.Timeout
	err := cmd.Run()
	return out.String(), err
}

var numbers = regexp.MustCompile(`[0-9]+(\.[0-9]+){1,2}`)

// versionIn returns the version in the first line of a program's --version, or "". A version in parentheses, as in
// "gcc (Debian 12.2.0-14) 12.2.0", is the distribution's.
func versionIn(output string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(output), "\n") // perl's output starts with an empty line
	outside := regexp.MustCompile(`\([^)]*\)`).ReplaceAllString(line, "")
	if number := numbers.FindString(outside); number != "" {
		return number
	}
	return numbers.FindString(line)
}

// atLeast reports whether found is the minimum version or newer. A version that cannot be parsed is too old.
func atLeast(found, minimum string) bool {
	v, err := version.Parse(found)
	return err == nil && !v.Less(version.MustParse(minimum))
}
