package kernel

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"mvdan.cc/sh/v3/expand"
	"mvdan.cc/sh/v3/interp"
	"mvdan.cc/sh/v3/syntax"

	"github.com/krustup/krustup/internal/version"
)

const (
	maxScript  = 8 << 10         // bytes; the script of 7.3 has 700
	maxAnswer  = 64              // bytes that a script may print for one tool
	scriptTime = 2 * time.Second // for one tool; it takes some 50 µs
)

// scriptTools are the tools whose versions are read from min-tool-version.sh.
var scriptTools = []Tool{Binutils, Bindgen, GCC, LLVM, Rustc}

// ScriptError reports that a min-tool-version.sh was refused: it does something that is not allowed, is not a shell
// script, or did not print a version.
type ScriptError struct {
	Where Where
	What  string // what the script does, as the rest of a sentence about it
}

// Error starts with the file and the line of the statement.
func (e *ScriptError) Error() string { return fmt.Sprintf("%s: %s", e.Where, e.What) }

func scriptError(line int, format string, args ...any) *ScriptError {
	return &ScriptError{Where: Where{File: scriptFile, Line: line}, What: fmt.Sprintf(format, args...)}
}

// scriptDemands returns what min-tool-version.sh prints for each tool. There is no demand on a tool if the tree has no
// such script (before 5.14) or the script does not know the tool.
func (t *files) scriptDemands(arch Arch) ([]Demand, error) {
	data, ok, err := t.bytes(scriptFile)
	if err != nil || !ok {
		return nil, err
	}
	script, err := parseScript(data)
	if err != nil {
		return nil, err
	}
	var demands []Demand
	for _, tool := range scriptTools {
		answer, err := script.ask(arch, tool)
		if err != nil {
			return nil, err
		}
		if answer != nil {
			demands = append(demands, *answer)
		}
	}
	return demands, nil
}

// minToolScript is a script that parseScript accepted.
type minToolScript struct{ file *syntax.File }

// parseScript parses the script and refuses anything that could run for long, use much memory, or reach outside the
// interpreter. What is left is a tree of decisions that ends in an echo.
func parseScript(data []byte) (minToolScript, error) {
	if len(data) > maxScript {
		return minToolScript{}, scriptError(0, "has %d bytes, expected at most %d", len(data), maxScript)
	}
	file, err := syntax.NewParser(syntax.Variant(syntax.LangPOSIX)).Parse(bytes.NewReader(data), scriptFile)
	if err != nil {
		var at syntax.ParseError
		if errors.As(err, &at) {
			return minToolScript{}, scriptError(int(at.Pos.Line()), "%s", at.Text)
		}
		return minToolScript{}, scriptError(0, "%v", err)
	}
	var refused error
	syntax.Walk(file, func(node syntax.Node) bool {
		if refused == nil && node != nil {
			if what := forbidden(node); what != "" {
				refused = scriptError(int(node.Pos().Line()), "contains %s, which a script that only prints versions does not need", what)
			}
		}
		return refused == nil
	})
	return minToolScript{file}, refused
}

// forbidden returns a name for what a node does beyond deciding and printing, or "".
func forbidden(node syntax.Node) string {
	switch n := node.(type) {
	case *syntax.WhileClause, *syntax.ForClause:
		return "a loop"
	case *syntax.FuncDecl:
		return "a function" // it may call itself, and a stack overflow ends a Go program
	case *syntax.CmdSubst, *syntax.ProcSubst:
		return "a command substitution"
	case *syntax.ArithmExp, *syntax.ArithmCmd:
		return "arithmetic"
	case *syntax.Subshell:
		return "a subshell"
	case *syntax.BinaryCmd:
		if n.Op == syntax.Pipe || n.Op == syntax.PipeAll {
			return "a pipe"
		}
	case *syntax.Stmt:
		if n.Background || n.Coprocess {
			return "a background command"
		}
	case *syntax.Redirect:
		if n.Op != syntax.DplOut || n.Word.Lit() != "2" {
			return "a redirection other than >&2"
		}
	case *syntax.CallExpr:
		return forbiddenCall(n)
	case *syntax.Assign:
		// One expansion per value keeps the size of variables linear in the size of the script. Repeating x=$x$x grows
		// exponentially.
		if expansions(n) > 1 {
			return "an assignment with several expansions"
		}
	case *syntax.ParamExp:
		return forbiddenExpansion(n)
	case *syntax.Lit:
		if strings.HasPrefix(n.Value, "~") {
			return "a home directory"
		}
	}
	return ""
}

// forbiddenExpansion allows $x and the forms with a default or an alternative.
func forbiddenExpansion(param *syntax.ParamExp) string {
	if param.Exp == nil {
		return ""
	}
	switch param.Exp.Op {
	case syntax.AssignUnset, syntax.AssignUnsetOrNull:
		return "an assignment inside an expansion"
	case syntax.RemSmallPrefix, syntax.RemLargePrefix, syntax.RemSmallSuffix, syntax.RemLargeSuffix:
		return "a pattern inside an expansion" // a long one takes a second to match
	}
	return ""
}

// scriptBuiltins are the commands that such a script needs. printf is not among them because one format can print a
// terabyte of blanks, and neither is shift, because the interpreter does not check its argument.
var scriptBuiltins = []string{"echo", "[", "test", "exit", "set", "true", "false", ":"}

// forbiddenCall requires a literal command name, so that what the command does is known before it runs.
func forbiddenCall(call *syntax.CallExpr) string {
	if len(call.Args) == 0 {
		return ""
	}
	name := call.Args[0].Lit()
	if !slices.Contains(scriptBuiltins, name) {
		return "a command other than " + strings.Join(scriptBuiltins, " ")
	}
	if name == "set" {
		for _, arg := range call.Args[1:] {
			// "set -- $@ $@" doubles the parameters each time that it runs.
			if lit := arg.Lit(); len(lit) < 2 || lit == "--" {
				return "a set that assigns parameters"
			}
		}
	}
	return ""
}

func expansions(node syntax.Node) int {
	count := 0
	syntax.Walk(node, func(inner syntax.Node) bool {
		if _, is := inner.(*syntax.ParamExp); is {
			count++
		}
		return true
	})
	return count
}

// ask runs the script for one tool. It returns nil if the script does not know the tool, for which it exits with a
// failure.
func (s minToolScript) ask(arch Arch, tool Tool) (minimum *Demand, err error) {
	var printed answer
	defer func() {
		// The interpreter is not safe for all untrusted scripts ("shift -1" makes it panic).
		if fault := recover(); fault != nil {
			minimum, err = nil, scriptError(printed.current, "cannot be interpreted: %v", fault)
		}
	}()
	runner, err := newRunner(arch, tool, &printed)
	if err != nil {
		return nil, fmt.Errorf("interpreting %s: %w", scriptFile, err)
	}
	// Not the caller's context: nothing here blocks, and the time limit is only a second safeguard.
	ctx, cancel := context.WithTimeout(context.Background(), scriptTime)
	defer cancel()
	err = runner.Run(ctx, s.file)
	if printed.refused != nil {
		return nil, printed.refused
	}
	if _, failed := errors.AsType[interp.ExitStatus](err); failed {
		return nil, nil
	}
	if err != nil {
		return nil, scriptError(printed.line, "%v", err)
	}
	return printed.demand(tool)
}

// newRunner returns an interpreter that has no access to files, programs or the environment.
func newRunner(arch Arch, tool Tool, printed *answer) (*interp.Runner, error) {
	return interp.New(
		// Params takes options up to "--"; the tool is $1.
		interp.Params("--", string(tool)),
		interp.Env(expand.ListEnviron("SRCARCH="+arch.SrcArch, "ARCH="+arch.Arch, "HOME=/", "PATH=")),
		interp.Dir("/"),
		interp.StdIO(nil, printed, io.Discard),
		interp.CallHandler(printed.call),
		interp.ExecHandlers(func(interp.ExecHandlerFunc) interp.ExecHandlerFunc { return refuseExec }),
		interp.OpenHandler(func(context.Context, string, int, os.FileMode) (io.ReadWriteCloser, error) {
			return nil, fs.ErrPermission
		}),
		interp.ReadDirHandler2(func(context.Context, string) ([]fs.DirEntry, error) { return nil, fs.ErrPermission }),
		interp.StatHandler(func(context.Context, string, bool) (fs.FileInfo, error) { return nil, fs.ErrPermission }),
		interp.AccessHandler(func(context.Context, string, interp.AccessMode) error { return fs.ErrPermission }),
	)
}

func refuseExec(ctx context.Context, args []string) error {
	return scriptError(int(interp.HandlerCtx(ctx).Pos.Line()), "tries to run %q: no program of a kernel tree is run", args[0])
}

// answer is what the script prints for one tool, and the line of the command that printed it.
type answer struct {
	text    []byte
	line    int // line of the command that printed
	current int // line of the command that is running
	refused error
}

// testOperators are the operators of [ on text and numbers. The others test files.
var testOperators = []string{"-n", "-z", "-eq", "-ne", "-lt", "-le", "-gt", "-ge", "-a", "-o"}

func (a *answer) call(ctx context.Context, args []string) ([]string, error) {
	a.current = int(interp.HandlerCtx(ctx).Pos.Line())
	if args[0] == "[" || args[0] == "test" {
		for _, arg := range args[1:] {
			if len(arg) == 2 && arg[0] == '-' && !slices.Contains(testOperators, arg) {
				a.refused = scriptError(a.current, "tests a file with %s", arg)
				return nil, a.refused
			}
		}
	}
	return args, nil
}

// Write appends to the text that the script printed. It fails once there are more than maxAnswer bytes.
func (a *answer) Write(data []byte) (int, error) {
	if len(a.text)+len(data) > maxAnswer {
		a.refused = scriptError(a.current, "prints more than %d bytes, expected a version", maxAnswer)
		return 0, a.refused
	}
	if len(a.text) == 0 {
		a.line = a.current
	}
	a.text = append(a.text, data...)
	return len(data), nil
}

func (a *answer) demand(tool Tool) (*Demand, error) {
	text := strings.TrimSpace(string(a.text))
	if text == "" {
		return nil, nil
	}
	minimum, err := version.Parse(text)
	if err != nil {
		return nil, scriptError(a.line, "prints no version for %s: %v", tool, err)
	}
	return &Demand{Tool: tool, Version: minimum, Where: Where{File: scriptFile, Line: a.line}}, nil
}
