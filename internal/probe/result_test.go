package probe

import (
	"os/exec"
	"testing"
)

// TestFirstFailureDecides checks that the first step that is not OK decides the verdict. Later steps are only kept.
func TestFirstFailureDecides(t *testing.T) {
	var r Result
	for _, s := range []Step{
		{Name: "types", Outcome: OK},
		{Name: "no_std", Outcome: Crashed, Error: "killed by signal"},
		{Name: "core", Outcome: Error, Error: "parse error"},
		{Name: "more", Outcome: OK},
	} {
		r.add(s)
	}
	if r.Verdict != Ended || r.Error != "killed by signal" || r.Reached != "types" || len(r.Steps) != 4 {
		t.Errorf("%s after %s: %s, %d steps", r.Verdict, r.Reached, r.Error, len(r.Steps))
	}
}

// TestFirstError uses output of GNU ld, which reports the place first and then what is wrong there.
func TestFirstError(t *testing.T) {
	const text = "libcore.rlib(core.o): in function `core::option::unwrap_failed':\n(.text+0x8): relocation truncated to fit: R_68K_GOT16O against `x'\n"
	if got := firstError(text); got != "(.text+0x8): relocation truncated to fit: R_68K_GOT16O against `x'" {
		t.Errorf("found %q", got)
	}
}

// TestNeverStarted checks that a failure of the emulator to start the crate is not taken for wrong output of the crate.
func TestNeverStarted(t *testing.T) {
	for _, tt := range []struct {
		a    answer
		want bool
	}{
		{answer{stderr: "qemu: Invalid ELF image", code: 1}, true},
		{answer{stderr: "sh: probe: Permission denied", code: 126}, true},
		{answer{stdout: "sum 3\n", stderr: "qemu: uncaught signal", code: 1}, false},
		{answer{stdout: "sum 3\n", code: 7}, false},
		{answer{code: panicCode}, false},
		{answer{code: 3}, false},
	} {
		if got := neverStarted(tt.a); got != tt.want {
			t.Errorf("%+v: %v, expected %v", tt.a, got, tt.want)
		}
	}
}

// TestOutOfMemory checks that only a line that reports a lack of memory counts, not an error that quotes one.
func TestOutOfMemory(t *testing.T) {
	err := exec.Command("/bin/sh", "-c", "exit 4").Run()
	exit, ok := err.(*exec.ExitError)
	if !ok {
		t.Fatal(err)
	}
	for text, want := range map[string]Outcome{
		"memory allocation of 4096 bytes failed\nstack backtrace:":                                   OutOfMem,
		"LLVM ERROR: out of memory\nAllocation failed":                                               OutOfMem,
		"cc1: out of memory allocating 65536 bytes":                                                  OutOfMem,
		"terminate called after throwing an instance of 'std::bad_alloc'\n  what():  std::bad_alloc": OutOfMem,
		"m68k-linux-gnu-ld: final link failed: memory exhausted":                                     OutOfMem,
		"rustc: error while loading shared libraries: libx.so: Cannot allocate memory":               OutOfMem,
		"ld.lld: cannot open probe.o: Cannot allocate memory (os error 12)":                          OutOfMem,
		"qemu-sparc: Unable to reserve 0xffff0000 bytes of virtual address space":                    OutOfMem,
		"error: the macro printed `memory allocation of 4096 bytes failed`":                          Error,
		"error[E0080]: out of memory in const evaluation":                                            Error,
		"help: see \"LLVM ERROR: out of memory\" in the manual":                                      Error,
	} {
		if got, line := failure(exit, text); got != want || line == "" {
			t.Errorf("%q is %s (%q), expected %s", text, got, line, want)
		}
	}
}

// TestCrashWithCode checks a compiler that reports the crash of one of its parts and exits with a code.
func TestCrashWithCode(t *testing.T) {
	err := exec.Command("/bin/sh", "-c", "exit 4").Run()
	exit, ok := err.(*exec.ExitError)
	if !ok {
		t.Fatal(err)
	}
	outcome, text := failure(exit, "crab1: internal compiler error: Segmentation fault signal terminated program crab1\nPlease submit a full bug report\n")
	if outcome != Crashed || text != "crab1: internal compiler error: Segmentation fault signal terminated program crab1" {
		t.Errorf("%s: %s", outcome, text)
	}
	if outcome, _ := failure(exit, "error[E0425]: cannot find value\n"); outcome != Error {
		t.Errorf("a plain error has the outcome %s, expected %s", outcome, Error)
	}
}
