package manual

import (
	"maps"
	"slices"
	"strings"
)

// foreignCommands are the words that users of rustup, cargo, uv, mise and make type, with what serves them here.
var foreignCommands = []struct {
	words []string
	hint  string
}{
	{[]string{"use", "activate", "shell"}, "eval \"$(krustup env)\" puts the set's tools first on PATH"},
	{[]string{"default", "override", "global", "local", "set", "settings"}, "`krustup config set target arm64` sets a default, `krustup config` prints them"},
	{[]string{"pin", "freeze"}, "krustup lock"},
	{[]string{"sync"}, "krustup install --locked"},
	{[]string{"toolchain", "toolchains"}, "`krustup install` installs the toolchain that a kernel needs; `krustup list` lists what is installed"},
	{[]string{"target"}, "`krustup install --target arm64` installs for a target; `krustup targets` lists them"},
	{[]string{"component", "add", "tool"}, "`krustup install --with cargo` adds a component"},
	{[]string{"self"}, "a new krustup comes as a package or a program; `krustup update` fetches the suppliers' catalogues"},
	{[]string{"setup", "get", "download", "fetch"}, "`krustup install` for the tools, `krustup source` for a kernel"},
	{[]string{"ls"}, "krustup list"},
	{[]string{"search", "available", "tree"}, "`krustup resolve` prints the set for a kernel, `krustup targets` the targets"},
	{[]string{"info", "status", "env-check"}, "`krustup doctor` checks this host, `krustup list` lists what is installed"},
	{[]string{"init", "new", "generate"}, "`krustup ci init` writes a CI configuration, `krustup lock` a lock"},
	{[]string{"exec", "x", "r"}, "krustup run -- PROGRAM"},
	{[]string{"rustc", "cargo", "rustdoc", "clippy-driver", "bindgen", "clang", "ld.lld", "gcc"}, "krustup run -- PROGRAM"},
	{[]string{"build", "b", "compile"}, "krustup make -- GOAL"},
	{[]string{"vmlinux", "all", "modules", "dtbs", "bzImage", "Image", "rustavailable", "rusttest", "rustdoc", "rustfmt", "rustfmtcheck", "modules_install", "mrproper"}, "krustup make -- GOAL"},
	{[]string{"test", "t", "bench"}, "`krustup prove` builds a kernel's Rust code; `krustup prove --also rusttest` also runs its tests"},
	{[]string{"clippy", "fmt", "lint"}, "krustup prove --also clippy,rustfmtcheck"},
	{[]string{"analyzer", "lsp", "ide"}, "krustup rust-analyzer --write"},
	{[]string{"doc", "docs", "man", "manual"}, "krustup help COMMAND"},
}

// ForeignCommand returns what serves a user who typed another program's command, "" if nothing is known.
func ForeignCommand(word string) string {
	if strings.HasPrefix(word, "+") {
		return "krustup run --with rust=" + strings.TrimPrefix(word, "+") + " -- PROGRAM"
	}
	if strings.HasSuffix(word, "config") {
		return "krustup make -- " + word
	}
	for _, foreign := range foreignCommands {
		if slices.Contains(foreign.words, word) {
			hint := strings.ReplaceAll(foreign.hint, "PROGRAM", word)
			return strings.ReplaceAll(hint, "GOAL", goal(word))
		}
	}
	return ""
}

// goal returns the goal of make for a word that is none.
func goal(word string) string {
	if slices.Contains([]string{"build", "b", "compile"}, word) {
		return "vmlinux"
	}
	return word
}

// foreignOptions are other programs' options, by krustup's option that serves.
var foreignOptions = map[string][]string{
	"target":   {"arch", "ARCH", "a", "triple"},
	"with":     {"toolchain", "channel", "component", "c", "rust", "profile", "default-toolchain"},
	"tree":     {"C", "directory", "kdir", "source", "src", "project", "manifest-path", "cd"},
	"kernel":   {"release", "linux", "k"},
	"cc":       {"compiler", "CC", "LLVM"},
	"locked":   {"frozen", "lockfile"},
	"offline":  {"no-network", "disable-network"},
	"supplier": {"index", "index-url", "registry", "dist-server", "source-of"},
	"output":   {"out", "O", "out-dir", "dest", "destination"},
	"also":     {"clippy", "rusttest", "rustdoc", "rustfmtcheck"},
	"quiet":    {"silent", "s", "no-progress"},
	"json":     {"message-format", "output-format"},
	"check":    {"verify", "dry-run"},
	"update":   {"upgrade", "U"},
}

// ForeignOption returns the option, among names, that does what another program's option does, "" if none is known.
func ForeignOption(name string, names []string) string {
	for _, own := range names {
		if slices.Contains(foreignOptions[own], name) {
			return own
		}
	}
	return ""
}

// ForeignWords returns all words that ForeignCommand lists.
func ForeignWords() []string {
	var words []string
	for _, foreign := range foreignCommands {
		words = append(words, foreign.words...)
	}
	return words
}

// ForeignOptions returns other programs' options, by krustup's option that serves.
func ForeignOptions() map[string][]string { return maps.Clone(foreignOptions) }
