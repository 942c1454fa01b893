package probe

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

// program writes a shell script as an executable file and returns its path.
func program(t *testing.T, dir, name, body string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+body+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestOutcomes(t *testing.T) {
	for _, test := range []struct {
		name, body string
		want       Outcome
		text       string
	}{
		{"success", "echo fine", OK, ""},
		{"error", "echo 'warning: old'; echo 'error: no such target' >&2; exit 1", Error, "error: no such target"},
		{"failure without output", "exit 3", Error, "exit status 3"},
		{"crash", "kill -SEGV $$", Crashed, "killed by signal: segmentation fault"},
		{"out of memory", "echo 'memory allocation of 99 bytes failed' >&2; kill -ABRT $$", OutOfMem, "memory allocation of 99 bytes failed"},
		{"hang", "sleep 60", TimedOut, "stopped after 1s"},
		{"endless output", "while :; do echo error and no end; done", TimedOut, "stopped after 1s"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := command{name: "try", argv: []string{program(t, t.TempDir(), "it", test.body)}}
			s, a, err := run(t.Context(), c, limits{timeout: time.Second})
			if err != nil {
				t.Fatal(err)
			}
			if s.Outcome != test.want || s.Error != test.text {
				t.Errorf("found %s %q, expected %s %q", s.Outcome, s.Error, test.want, test.text)
			}
			if len(a.stdout) > mostOutput {
				t.Errorf("kept %d bytes, expected at most %d", len(a.stdout), mostOutput)
			}
		})
	}
}

// TestMemoryLimit checks that the limit also holds for the processes that the program starts.
func TestMemoryLimit(t *testing.T) {
	c := command{name: "try", argv: []string{program(t, t.TempDir(), "it", `sh -c 'ulimit -v; ulimit -c'`)}}
	s, a, err := run(t.Context(), c, limits{timeout: 10 * time.Second, memory: 512 << 20})
	if err != nil || s.Outcome != OK {
		t.Fatal(s, err)
	}
	if a.stdout != "524288\n0\n" {
		t.Errorf("limits are %q, expected 524288 kB of memory and no core file", a.stdout)
	}
	eater := command{name: "try", argv: []string{"/bin/dd", "if=/dev/zero", "of=/dev/null", "bs=900M", "count=1"}}
	if s, _, err = run(t.Context(), eater, limits{timeout: 10 * time.Second, memory: 512 << 20}); err != nil || s.Outcome != OutOfMem {
		t.Errorf("found %+v, %v, expected %s", s, err, OutOfMem)
	}
}

// TestNothingIsLeftRunning checks that a background process ends with the step.
func TestNothingIsLeftRunning(t *testing.T) {
	dir := t.TempDir()
	c := command{name: "try", dir: dir, argv: []string{program(t, dir, "it", "(sleep 1; touch late) >/dev/null 2>&1 &\nexit 0")}}
	if _, _, err := run(t.Context(), c, limits{timeout: 10 * time.Second}); err != nil {
		t.Fatal(err)
	}
	time.Sleep(1500 * time.Millisecond)
	if _, err := os.Stat(filepath.Join(dir, "late")); err == nil {
		t.Error("a process that the program started outlived it")
	}
}

func TestInterrupted(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	_, _, err := run(ctx, command{argv: []string{program(t, t.TempDir(), "it", "sleep 60")}}, limits{timeout: time.Minute})
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("found %v, expected the end of the context", err)
	}
}

func TestCompare(t *testing.T) {
	for _, test := range []struct{ want, got, problem string }{
		{"a\natomics: 1 2\n", "a\natomics: 1 2\n", ""},
		{"a\natomics: 1 2\n", "a\natomics: none\n", ""},
		{"a\nb\n", "a\natomics: none\n", "line 2: found \"atomics: none\", expected \"b\""},
		{"a\nb\n", "a\n", "line 2: found \"\", expected \"b\""},
	} {
		if problem := compare(test.want, test.got); problem != test.problem {
			t.Errorf("%q with %q: found %q, expected %q", test.got, test.want, problem, test.problem)
		}
	}
}

func TestCoreEdition(t *testing.T) {
	for release, want := range map[string]string{"1.85.1": "2021", "1.86.0": "2021", "1.87.0": "2024", "1.96.1": "2024", "1.87.0-nightly": "2024", "": "2021"} {
		if got := coreEdition(release); got != want {
			t.Errorf("%q: found %s, expected %s", release, got, want)
		}
	}
}

func TestMachine(t *testing.T) {
	m := parseMachine("target_arch=\"powerpc64\"\ntarget_endian=\"little\"\ntarget_os=\"linux\"\ntarget_pointer_width=\"64\"\ntarget_has_atomic=\"32\"\n")
	if m.emulator() != "ppc64le" || !m.atomics || !m.linkedByLLD() {
		t.Errorf("found %+v", m)
	}
	if _, ok := m.start(); !ok {
		t.Error("no start code")
	}
	x32 := machine{arch: "x86_64", width: "32", os: "linux", endian: "little"}
	if _, ok := x32.start(); ok {
		t.Error("start code of x86_64 is used for x32, whose system calls differ")
	}
}

const rustcScript = `case "$*" in
-vV) echo "rustc 1.90.0 (test)"; echo "release: 1.90.0"; echo "LLVM version: 20.1.8";;
*"--print sysroot"*) pwd;;
*"--target lost"*) echo "error: could not find specification for target \"lost\"" >&2; exit 1;;
*"--print cfg"*) echo 'target_arch="riscv64"'; echo 'target_os="linux"'; echo 'target_endian="little"';;
*"--crate-name core"*) case "$*" in *"--target slow"*) sleep 60;; esac;;
*--cfg*) case "$*" in *"--target bad"*) echo "rustc-LLVM ERROR: Cannot select: 7" >&2; exit 101;; esac;;
esac`

// TestLadders runs ladders with a script as the compiler, and checks where each ladder ends and why.
func TestLadders(t *testing.T) {
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "core/src"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "core/src/lib.rs"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	tools := Tools{Rustc: program(t, dir, "rustc", rustcScript), Library: dir}
	jobs := []Job{
		{Backend: LLVM, Triple: "good"},
		{Backend: LLVM, Triple: "lost"},
		{Backend: LLVM, Triple: "slow"},
		{Backend: LLVM, Triple: "bad"},
		{Backend: GCC, Triple: "good"},
		{Backend: GCCRS, Triple: "riscv64-linux-gnu"},
	}
	results, err := Run(t.Context(), tools, jobs, Options{Scratch: t.TempDir(), Host: "x86_64-unknown-linux-gnu", Parallel: 3, Timeout: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []struct {
		verdict        Verdict
		reached, error string
	}{
		{Built, "crate", "no linker for riscv64"},
		{Absent, "", "could not find specification"},
		{Ended, "target", "stopped after 1s"},
		{Failed, "builtins", "Cannot select"},
		{Absent, "", "rustc_codegen_gcc is not installed"},
		{Absent, "", "gccrs for riscv64-linux-gnu is not installed"},
	} {
		r := results[i]
		if r.Verdict != want.verdict || r.Reached != want.reached || !strings.Contains(r.Error, want.error) {
			t.Errorf("%s %s: found %s %q %q, expected %+v", r.Backend, r.Triple, r.Verdict, r.Reached, r.Error, want)
		}
		if r.Backend == LLVM && (r.Version != "1.90.0" || r.LLVM != "20.1.8") {
			t.Errorf("found %+v", r)
		}
	}
}

// TestRuns runs whole ladders with scripts as the compiler, the linker and the emulator, and checks how the program's
// output is compared with that on the host.
func TestRuns(t *testing.T) {
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "core/src"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "core/src/lib.rs"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	compiler := program(t, dir, "rustc", `case "$*" in
-vV) echo "rustc 1.90.0 (test)"; echo "release: 1.90.0";;
*"--print sysroot"*) pwd;;
*"--print cfg"*"--target x86_64"*) echo 'target_arch="x86_64"'; echo 'target_os="linux"'; echo 'target_endian="little"'; echo 'target_pointer_width="64"';;
*"--print cfg"*) echo 'target_arch="riscv64"'; echo 'target_os="linux"'; echo 'target_endian="little"';;
*--cfg*) echo "$*" >args;;
esac
echo "$*" >>`+filepath.Join(dir, "calls")+`
`)
	linker := program(t, dir, "ld.lld", `printf '#!/bin/sh\necho sum 3; echo text; exit 42\n' >probe; chmod +x probe`)
	program(t, dir, "qemu-riscv64", `case "$*" in *--version) echo "qemu 10"; exit;; esac
case "$(cat args)" in
*"--target same"*) echo sum 3; echo text; exit 42;;
*"--target other"*) echo sum 4; echo text; exit 42;;
*"--target code"*) echo sum 3; echo text; exit 0;;
*"--target hang"*) echo sum 3; sleep 60;;
*"--target crash"*) echo sum 3; kill -SEGV $$;;
*) echo "qemu: Invalid ELF image" >&2; exit 1;;
esac`)
	tools := Tools{Rustc: compiler, Library: dir, LLD: linker, Path: []string{dir}}
	var jobs []Job
	for _, name := range []string{"same", "other", "code", "hang", "crash", "none"} {
		jobs = append(jobs, Job{Backend: LLVM, Triple: name})
	}
	results, err := Run(t.Context(), tools, jobs, Options{Scratch: t.TempDir(), Host: "x86_64-unknown-linux-gnu", Parallel: 3, Timeout: 2 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []struct {
		verdict       Verdict
		error, output string
	}{
		{Passed, "", ""},
		{Wrong, `line 1: found "sum 4", expected "sum 3"`, "sum 4\ntext\n"},
		{Wrong, "exit status 0, expected 42 from its panic handler", "sum 3\ntext\n"},
		{Ended, `stopped after 2s; the last line that it printed is "sum 3"`, "sum 3\n"},
		{Ended, `killed by signal: segmentation fault; the last line that it printed is "sum 3"`, "sum 3\n"},
		{Failed, "qemu: Invalid ELF image", ""},
	} {
		r := results[i]
		if r.Verdict != want.verdict || r.Error != want.error || r.Output != want.output || r.Emulator != "qemu 10" {
			t.Errorf("%s: found %s %q %q (%s), expected %+v", r.Triple, r.Verdict, r.Error, r.Output, r.Emulator, want)
		}
	}
	calls := func() int {
		data, err := os.ReadFile(filepath.Join(dir, "calls"))
		if err != nil {
			t.Fatal(err)
		}
		return strings.Count(string(data), "--crate-name core")
	}
	if n := calls(); n != len(jobs)+1 {
		t.Errorf("core was built %d times, expected once for each job and once for the host", n)
	}
	// A missing backend does not need the output of the host.
	before := calls()
	if _, err = Run(t.Context(), tools, []Job{{Backend: GCC, Triple: "same"}}, Options{Scratch: t.TempDir(), Host: "x86_64-unknown-linux-gnu"}); err != nil {
		t.Fatal(err)
	}
	if n := calls(); n != before {
		t.Errorf("core was built %d more times for a backend that is not installed", n-before)
	}
}

func TestGccrsLadder(t *testing.T) {
	dir := t.TempDir()
	program(t, dir, "gccrs-9", "exit 9")
	program(t, dir, "gccrs-16", `case "$*" in *--version) echo "gccrs-16 16.2.0";; -dumpfullversion) echo 16.2.0;; *no_std*) echo "x.rs:1: error: unknown crate core" >&2; exit 1;; esac`)
	r, err := Run(t.Context(), Tools{Path: []string{dir}}, []Job{{Backend: GCCRS, Triple: "x86_64-linux-gnu"}}, Options{Scratch: t.TempDir(), Host: "x86_64-unknown-linux-gnu"})
	if err != nil {
		t.Fatal(err)
	}
	if r[0].Verdict != Failed || r[0].Reached != "generics" || r[0].Version != "16.2.0" || r[0].Steps[3].Error != "x.rs:1: error: unknown crate core" {
		t.Errorf("found %+v", r[0])
	}
	record := NewRecord("x86_64", GCCRS, "x86_64-unknown-linux-gnu")
	if record.Name() != "" {
		t.Error("a record without results has a file name")
	}
	record.Results = r
	if got := record.Name(); got != "probe-x86_64-gccrs-16.2.0-0f8d8221.json" {
		t.Errorf("unexpected name of the record's file: %q", got)
	}
	data, err := record.Encode()
	if err != nil {
		t.Fatal(err)
	}
	var read Record
	if err := json.Unmarshal(data, &read); err != nil || !reflect.DeepEqual(read, record) {
		t.Errorf("a record reads back as %+v (%v), expected %+v", read, err, record)
	}
}
