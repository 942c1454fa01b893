package probe

// Backend is what turns Rust into machine code: "llvm", "gcc" (rustc_codegen_gcc) or "gccrs".
type Backend string

// The backends.
const (
	LLVM  Backend = "llvm"
	GCC   Backend = "gcc"
	GCCRS Backend = "gccrs"
)

// Verdict says what a ladder came to.
type Verdict string

// The verdicts.
const (
	Passed Verdict = "passed" // every step, and the answer was that of the host
	Built  Verdict = "built"  // the code was generated, and the rest could not be tried: no start code, linker or emulator
	Wrong  Verdict = "wrong"  // it ran, and the answer was another one: a miscompile
	Failed Verdict = "failed"
	Ended  Verdict = "stopped" // a step hung, crashed or ate memory
	Absent Verdict = "absent"  // not installed, or the compiler knows no such target
)

// Outcome says how one step ended.
type Outcome string

// The outcomes.
const (
	OK       Outcome = "ok"
	Error    Outcome = "failed"
	TimedOut Outcome = "timeout"
	Crashed  Outcome = "crashed" // ended by a signal of its own
	OutOfMem Outcome = "memory"  // met the limit of its address space
	Differs  Outcome = "differs" // it ran, and did not answer as on the host
	Skipped  Outcome = "skipped"
)

// Step is one step of a ladder.
type Step struct {
	Name    string   `json:"name"`
	Outcome Outcome  `json:"result"`
	Seconds float64  `json:"seconds"`
	Error   string   `json:"error,omitempty"` // the first error line, or why the step was skipped
	Command []string `json:"command,omitempty"`
}

// Result is what a Job came to.
type Result struct {
	Backend  Backend `json:"backend"`
	Triple   string  `json:"triple"`
	Compiler string  `json:"compiler,omitempty"` // what the compiler calls itself: "rustc 1.96.1 (31fca3adb 2026-06-26)"
	Version  string  `json:"version,omitempty"`  // the compiler's: "1.96.1"
	LLVM     string  `json:"llvm,omitempty"`     // the version of the LLVM inside rustc
	Emulator string  `json:"emulator,omitempty"` // what the emulator calls itself; an old one lacks instructions that rustc takes for granted
	Verdict  Verdict `json:"result"`
	Reached  string  `json:"reached,omitempty"` // the last step that went well
	Error    string  `json:"error,omitempty"`   // of the step that decided
	Steps    []Step  `json:"steps"`
	Output   string  `json:"output,omitempty"` // what the crate printed, when it was not what it prints on the host
	Seconds  float64 `json:"seconds"`
}

// add takes a step in, and reports whether it was OK. The first step that was not gives the verdict, whatever follows it.
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
