package host

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/krustup/krustup/internal/child"
)

// answerTime is how long a tool may take to print its version.
const answerTime = 10 * time.Second

// mostOutput bounds what is read of a tool's output, in bytes.
const mostOutput = 64 << 10

// asked is what a program printed.
type asked struct{ stdout, stderr string }

// ask runs a program without the caller's variables, and returns what it prints. The error says why the program is of no
// use: it does not run, it fails, it does not answer in time.
func ask(ctx context.Context, program string, variables []string, args ...string) (asked, error) {
	limited, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	cmd := exec.CommandContext(limited, program, args...)
	cmd.Env = append([]string{"PATH=/usr/bin:/bin", "LC_ALL=C", "HOME=/nonexistent"}, variables...)
	child.Grouped(cmd)
	stdout, stderr := child.Output{Most: mostOutput}, child.Output{Most: mostOutput}
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	out := asked{stdout.String(), stderr.String()}
	switch {
	case err == nil:
		return out, nil
	case limited.Err() != nil && ctx.Err() == nil:
		return out, fmt.Errorf("%s: it does not run: no answer to %s within %s", program, strings.Join(args, " "), answerTime)
	}
	if failed, ok := errors.AsType[*exec.ExitError](err); ok {
		if why := firstLine(out.stderr + "\n" + out.stdout); why != "" {
			return out, fmt.Errorf("%s: it does not run: %s: %s", program, failed, why)
		}
		return out, fmt.Errorf("%s: it does not run: %s", program, failed)
	}
	if failed, ok := errors.AsType[*os.PathError](err); ok {
		err = failed.Err // its text repeats the path
	}
	return out, fmt.Errorf("%s: it does not run: %w", program, err)
}

// firstLine returns the first line that is not empty, cut to a length that fits a message.
func firstLine(text string) string {
	const most = 200
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	if len(line) > most {
		line = line[:most] + "…"
	}
	return line
}

// versionSuffix is the end of a program's name if several versions are installed side by side: rustc-1.85, clang-19, and on
// Gentoo rustc-bin-1.85.1.
var versionSuffix = regexp.MustCompile(`^(-bin)?(-[0-9]+(\.[0-9]+)*)?$`)

// found is one program of a directory.
type found struct {
	dir, name, suffix string // clang-19 has the name clang and the suffix -19
	path, real        string // real is path without links
}

// find returns the programs of a directory with that name, with and without a version in it. The one without comes
// first, then the newest. The second result says which files of such a name are not programs, and why.
func find(dir, name string) ([]found, []error) {
	// Not Glob: the name of a directory may have the characters of a pattern.
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, nil // as for a shell, a directory that cannot be read has no programs
	}
	var list []found
	var useless []error
	for _, entry := range entries {
		suffix, ok := strings.CutPrefix(entry.Name(), name)
		if !ok || !versionSuffix.MatchString(suffix) {
			continue
		}
		f := found{dir: dir, name: name, suffix: suffix, path: filepath.Join(dir, entry.Name())}
		if f.real, err = executable(f.path); err != nil {
			useless = append(useless, err)
			continue
		}
		list = append(list, f)
	}
	slices.SortStableFunc(list, func(a, b found) int {
		switch {
		case a.suffix == "":
			return -1
		case b.suffix == "":
			return 1
		}
		return compareSuffixes(b.suffix, a.suffix)
	})
	return list, useless
}

// compareSuffixes compares numbers: -1.100 is newer than -1.97.
func compareSuffixes(a, b string) int {
	digits := regexp.MustCompile(`[0-9]+`)
	numbers := func(text string) (list []int) {
		for _, d := range digits.FindAllString(text, -1) {
			var n int
			fmt.Sscan(d, &n)
			list = append(list, n)
		}
		return list
	}
	return slices.Compare(numbers(a), numbers(b))
}

// executable returns the path of a program without links. The error says why the file is not a program.
func executable(path string) (real string, err error) {
	if real, err = filepath.EvalSymlinks(path); err != nil {
		return "", fmt.Errorf("%s: it does not run: its link leads nowhere", path)
	}
	info, err := os.Stat(real)
	switch {
	case err != nil:
		return "", fmt.Errorf("%s: it does not run: %w", path, err)
	case !info.Mode().IsRegular():
		return "", fmt.Errorf("%s: it does not run: it is not a file", path)
	case info.Mode()&0o111 == 0:
		return "", fmt.Errorf("%s: it does not run: the file is not executable", path)
	}
	return real, nil
}

// first returns the first of the paths that is a program, or "".
func first(paths ...string) string {
	for _, path := range paths {
		if _, err := executable(path); err == nil {
			return path
		}
	}
	return ""
}
