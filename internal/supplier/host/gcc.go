package host

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/krustup/krustup/toolchain"
)

// gccName is the name of a GCC: x86_64-linux-gnu-gcc-14, aarch64-linux-gnu-gcc, gcc-14, gcc.
var gccName = regexp.MustCompile(`^(?:(.+)-)?gcc(-[0-9]+(?:\.[0-9]+)*)?$`)

// binutils are the programs that CROSS_COMPILE is a prefix of, besides gcc.
var binutils = []string{"ar", "as", "ld", "nm", "objcopy", "objdump", "ranlib", "readelf", "strip"}

// gcc finds cross compilers and the machine's own compiler. A compiler with several names counts once: under the first
// of them with which it can be used.
func (p Places) gcc(ctx context.Context) []tool {
	var all []tool
	seen := map[string]int{} // index in all by the real path
	for _, dir := range p.Path {
		entries, _ := os.ReadDir(dir)
		for _, entry := range entries {
			name := gccName.FindStringSubmatch(entry.Name())
			if name == nil || name[1] != "" && !ofLinux(name[1]) {
				continue // c89-gcc, and compilers for other systems
			}
			f := found{dir: dir, name: name[1], suffix: name[2], path: filepath.Join(dir, entry.Name())}
			var err error
			if f.real, err = executable(f.path); err != nil {
				all = append(all, useless(toolchain.GCC, f.path, err))
				continue
			}
			at, again := seen[f.real]
			if again && all[at].Problem == "" {
				continue
			}
			t := gccOf(ctx, f)
			switch {
			case !again:
				seen[f.real] = len(all)
				all = append(all, t)
			case t.Problem == "":
				all[at] = t
			}
		}
	}
	return all
}

// gccOf returns the tool of a GCC. f.name is the triple in its name, "" for none.
func gccOf(ctx context.Context, f found) tool {
	label, v, err := versionOf(ctx, toolchain.GCC, f.path, "-dumpfullversion")
	if err != nil {
		return useless(toolchain.GCC, f.path, err)
	}
	t := tool{Component: toolchain.GCC, Version: v, Where: f.dir, Triple: f.name, Label: label, Paths: map[string]string{}}
	prefix := filepath.Join(f.dir, f.name+"-")
	if f.name == "" {
		prefix = f.dir + "/"
		if t.Triple, err = ownTriple(ctx, f.path); err != nil {
			t.Problem = err.Error()
			return t
		}
	}
	t.Programs = map[string]string{t.Triple + "-gcc": f.path}
	for _, name := range binutils {
		path := first(prefix + name)
		if path == "" {
			t.Problem = fmt.Sprintf("binutils are missing: expected all of them as %s*", prefix)
			continue
		}
		t.Programs[t.Triple+"-"+name] = path
	}
	if f.suffix == "" && f.name != "" {
		t.Paths[toolchain.PathCrossPrefix] = prefix // else the set has links with these names
	}
	return t
}

// ownTriple returns the triple of a compiler that has none in its name.
func ownTriple(ctx context.Context, gcc string) (string, error) {
	out, err := ask(ctx, gcc, nil, "-dumpmachine")
	if err != nil {
		return "", err
	}
	triple := firstLine(out.stdout)
	if !ofLinux(triple) {
		return "", fmt.Errorf("%s: -dumpmachine prints %q, expected a triple such as x86_64-linux-gnu", gcc, triple)
	}
	return triple, nil
}

// ofLinux reports whether a triple is one of Linux, with or without a vendor: x86_64-linux-gnu, x86_64-pc-linux-gnu,
// x86_64-redhat-linux.
func ofLinux(triple string) bool {
	parts := strings.Split(triple, "-")
	return len(parts) > 1 && (parts[1] == "linux" || len(parts) > 2 && parts[2] == "linux")
}

// sameMachine reports whether compilers for two triples generate code for the same machine: neither the vendor nor the
// C library matters to a kernel, and an ARM compiler of any float ABI builds it.
func sameMachine(a, b string) bool { return a != "" && b != "" && machine(a) == machine(b) }

func machine(triple string) string {
	name, _, _ := strings.Cut(triple, "-")
	switch {
	case strings.HasPrefix(name, "armeb"), strings.HasPrefix(name, "aarch64_be"):
		return name
	case strings.HasPrefix(name, "armv"), name == "armhf":
		return "arm"
	case name == "ppc64le":
		return "powerpc64le"
	}
	return name
}
