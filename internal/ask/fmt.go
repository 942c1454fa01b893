package ask

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// rustfmt asks about an option with a configuration file, because rustfmt does not report unstable options on its
// command line. A nightly accepts unstable options silently, so the help text, which lists the stable ones on every
// channel, decides there.
func (a asker) rustfmt() (Answer, error) {
	name, value, _ := strings.Cut(a.question.name, "=")
	if err := os.WriteFile(filepath.Join(a.dir, "rustfmt.toml"), []byte(name+" = "+value+"\n"), 0o644); err != nil {
		return Answer{}, fmt.Errorf("asking %q: %w", a.question, err)
	}
	source, err := a.crate("fn f() {}\n")
	if err != nil {
		return Answer{}, err
	}
	tried, err := a.run(false, "--check", source)
	if err != nil {
		return Answer{}, err
	}
	if said := tried.saying("unstable features are only available in nightly"); said != "" {
		return Answer{State: Unstable, Said: said}, nil
	}
	if said := tried.saying("Unknown configuration option"); said != "" {
		return Answer{State: Unknown, Said: said}, nil
	}
	help, err := a.run(false, "--help=config")
	if err != nil {
		return Answer{}, err
	}
	switch {
	case !tried.ok:
		return Answer{}, a.unclear(tried)
	case !help.ok:
		return Answer{}, a.unclear(help)
	}
	for line := range strings.Lines(help.stdout) {
		if fields := strings.Fields(line); len(fields) > 1 && fields[0] == name {
			return Answer{State: Stable}, nil
		}
	}
	return Answer{State: Unstable, Said: accepted}, nil
}

// clippy asks about a lint. An empty clippy.toml keeps Clippy from using one in a parent directory.
func (a asker) clippy(rustc string) (Answer, error) {
	if err := os.WriteFile(filepath.Join(a.dir, "clippy.toml"), nil, 0o644); err != nil {
		return Answer{}, fmt.Errorf("asking %q: %w", a.question, err)
	}
	source, err := a.crate("")
	if err != nil {
		return Answer{}, err
	}
	args := append([]string{rustc}, a.common()...)
	h, err := a.run(false, append(args, "--emit=metadata", "-Wclippy::"+a.question.name, source)...)
	if err != nil {
		return Answer{}, err
	}
	for code, state := range map[string]State{"E0602": Unknown, "unknown_lints": Unknown, "renamed_and_removed_lints": Removed} {
		if d, ok := h.coded(code); ok {
			return Answer{State: state, Code: code, Said: d.Message}, nil
		}
	}
	if !h.ok {
		return Answer{}, a.unclear(h)
	}
	return Answer{State: Stable}, nil
}
