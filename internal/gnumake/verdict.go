package gnumake

import (
	"maps"
	"slices"
	"strings"
)

// harmless are the options that do not decide what a build does, only how much it says and how it runs.
var harmless = []string{
	"-k", "--keep-going", "-S", "--no-keep-going", "-s", "--silent", "--quiet", "--no-silent", "-w", "--print-directory",
	"--no-print-directory", "-r", "--no-builtin-rules", "-R", "--no-builtin-variables", "-B", "--always-make", "-b", "-m",
	"-d", "--debug", "-p", "--print-data-base", "--trace", "--warn-undefined-variables", "-L", "--check-symlink-times",
	"-j", "--jobs", "--jobserver-auth", "--jobserver-fds", "-l", "--load-average", "--max-load", "-O", "--output-sync",
	"--sync-mutex", "--shuffle",
}

// ForVerdict returns the environment of a build whose success is an answer. Its MAKEFLAGS have no options but those
// about jobs: with -n, -q, -t or -i a build that did not happen would succeed. Variables stay. dropped are the names of
// the options that would have decided what the build does.
func ForVerdict(environment []string) (clean, dropped []string) {
	seen := map[string]bool{}
	for _, entry := range environment {
		name, value, _ := strings.Cut(entry, "=")
		if name == "MAKEFLAGS" || name == "GNUMAKEFLAGS" {
			l := Line{command: map[string]string{}}
			l.read(flagWords(value), true)
			entry = name + "=" + l.inherited()
			for _, option := range l.options {
				if !slices.Contains(harmless, option) {
					seen[option] = true
				}
			}
		}
		clean = append(clean, entry)
	}
	return clean, slices.Sorted(maps.Keys(seen))
}

// escape protects what separates the words of MAKEFLAGS.
var escape = strings.NewReplacer(`\`, `\\`, " ", `\ `, "\t", "\\\t", "\n", "\\\n")

// inherited returns MAKEFLAGS with the jobs and the variables of a line.
func (l Line) inherited() string {
	words := slices.Clone(l.jobs)
	if len(l.command) > 0 {
		words = append(words, "--")
	}
	for _, name := range slices.Sorted(maps.Keys(l.command)) {
		words = append(words, escape.Replace(name+"="+l.command[name]))
	}
	return strings.Join(words, " ")
}
