package cli

import (
	"fmt"
	"runtime"

	urfave "github.com/urfave/cli/v2"

	"github.com/krustup/krustup/targets"
	"github.com/krustup/krustup/toolchain"
)

// ParseCompiler parses the value of --cc; "" lets the search choose. An unknown compiler is a *UsageError.
func ParseCompiler(name string) (toolchain.Compiler, error) {
	cc, err := toolchain.ParseCompiler(name)
	if err != nil {
		return cc, &UsageError{Text: "--cc: " + err.Error()}
	}
	return cc, nil
}

// ChosenBackend returns the backend that --backend requires of rustc. It is "" for llvm, which every rustc has.
func ChosenBackend(c *urfave.Context) (targets.Backend, error) {
	switch name := targets.Backend(c.String("backend")); name {
	case "", targets.LLVM:
		return "", nil
	case targets.GCC:
		return name, nil
	case targets.GCCRS:
		if c.Command.Name == "probe" {
			return "", nil // gccrs needs no rustc
		}
		return "", &UsageError{Text: "--backend gccrs: gccrs does not build a kernel yet", Hint: "krustup probe --backend gccrs shows how far it gets"}
	default:
		return "", &UsageError{Text: fmt.Sprintf("--backend %q: expected llvm or gcc", name)}
	}
}

// ChosenVersions returns the versions that --with requires, by component.
func ChosenVersions(c *urfave.Context) (map[toolchain.Component]toolchain.Wish, error) {
	with := map[toolchain.Component]toolchain.Wish{}
	for _, text := range c.StringSlice("with") {
		component, r, err := toolchain.ParseWith(text)
		if err != nil {
			return nil, &UsageError{Text: err.Error()}
		}
		if earlier, twice := with[component]; twice {
			return nil, &UsageError{Text: fmt.Sprintf("--with %s=%s and --with %s=%s: write both conditions as one range", component, earlier, component, r), Hint: "--with \"rust=>= 1.90, < 1.96\""}
		}
		with[component] = r
	}
	return with, nil
}

// ChosenHost returns the host that --host names, by default this machine.
func ChosenHost(c *urfave.Context) (toolchain.Host, error) { return ParseHost(c.String("host")) }

// ParseHost parses the name of a host; "" is this machine. An unknown host is a *UsageError.
func ParseHost(name string) (toolchain.Host, error) {
	if name == "" {
		name = runtime.GOARCH
	}
	host, err := toolchain.ParseHost(name)
	if err != nil {
		return toolchain.Host{}, &UsageError{Text: err.Error()}
	}
	return host, nil
}
