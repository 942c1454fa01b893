package probe

// Backend generates machine code from Rust: "llvm", "gcc" (rustc_codegen_gcc) or "gccrs".
type Backend string

// The backends.
const (
	LLVM  Backend = "llvm"
	GCC   Backend = "gcc"
	GCCRS Backend = "gccrs"
)

// Verdict is the overall outcome of a ladder.
type Verdict string

// The verdicts.
const (
	Passed Verdict = "passed"  // every step passed, and the output was that of the host
	Built  Verdict = "built"   // code was generated, but the rest could not be tried: no start code, linker or emulator
	Wrong  Verdict = "wrong"   // the program ran, but its output differs: a miscompilation
	Failed Verdict = "failed"  // a step reported an error
	Ended  Verdict = "stopped" // a step hung, crashed or ran out of memory
	Absent Verdict = "absent"  // a program is not installed, or the compiler does not know the target
)

// Outcome is how one step ended.
type Outcome string

// The outcomes.
const (
	OK       Outcome = "ok"
	Error    Outcome = "failed"
	TimedOut Outcome = "timeout"
	Crashed  Outcome = "crashed" // ended by a signal, or by an internal error that it reported
	OutOfMem Outcome = "memory"  // reached the limit of its address space
	Differs  Outcome = "differs" // ran, but its output or exit code is not that of the host
	Skipped  Outcome = "skipped" // could not be tried
)

// Step is one step of a ladder.
type Step struct {
	Name    string   `json:"name"`
	Outcome Outcome  `json:"result"`
	Seconds float64  `json:"seconds"`
	Error   string   `json:"error,omitempty"` // the first error line, or why the step was skipped
	Command []string `json:"command,omitempty"`
}

// Result is the outcome of a Job.
type Result struct {
	Backend  Backend `json:"backend"`
	Triple   string  `json:"triple"`
	Compiler string  `json:"compiler,omitempty"` // the compiler's version line: "rustc 1.96.1 (31fca3adb 2026-06-26)"
	Version  string  `json:"version,omitempty"`  // the compiler's version: "1.96.1"
	LLVM     string  `json:"llvm,omitempty"`     // the version of the LLVM inside rustc
	Emulator string  `json:"emulator,omitempty"` // the emulator's version line; an old one lacks instructions that rustc uses
	Verdict  Verdict `json:"result"`
	Reached  string  `json:"reached,omitempty"` // the last step that passed
	Error    string  `json:"error,omitempty"`   // error of the step that decided the verdict
	Steps    []Step  `json:"steps"`
	Output   string  `json:"output,omitempty"` // the crate's output, if it is not that of the host
	Seconds  float64 `json:"seconds"`
}

// add appends a step and reports whether it was OK. The first step that is not OK decides the verdict.
func (r *Result) add(s Step) bool {
	r.Steps = append(r.Steps, s)
	r.Seconds += s.Seconds
	if r.Verdict != "" {
		return s.Outcome == OK
	}
	switch s.Outcome {
	case OK:
		r.Reached = s.Name
		return true
	case Skipped:
		r.Verdict = Built
	case Differs:
		r.Verdict = Wrong
	case TimedOut, Crashed, OutOfMem:
		r.Verdict = Ended
	default:
		r.Verdict = Failed
	}
	r.Error = s.Error
	return false
}
