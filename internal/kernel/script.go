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

// scriptTools are the tools that min-tool-version.sh is asked for.
var scriptTools = []Tool{Binutils, Bindgen, GCC, LLVM, Rustc}

// ScriptError says that a min-tool-version.sh was not interpreted, because it does what is not allowed here, is no
// shell script, or did not answer with a version.
type ScriptError struct {
	Where Where
	What  string
}

func (e *ScriptError) Error() string { return fmt.Sprintf("%s: %s", e.Where, e.What) }

func scriptError(line int, format string, args ...any) *ScriptError {
	return &ScriptError{Where: Where{File: scriptFile, Line: line}, What: fmt.Sprintf(format, args...)}
}

// scriptDemands asks min-tool-version.sh for each tool. A tree that has no such script (before 5.14), or whose script
// does not know a tool, demands nothing of it.
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

// minToolScript is a script that parseScript found harmless.
type minToolScript struct{ file *syntax.File }

// parseScript reads the script and refuses what could run for long, need much memory, or reach beyond the interpreter.
// What is left is a tree of decisions that ends in an echo.
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
				refused = scriptError(int(node.Pos().Line()), "has %s, and a script that only names versions needs none", what)
			}
		}
		return refused == nil
	})
	return minToolScript{file}, refused
}

// forbidden names what a node does beyond deciding and printing, or gives "".
func forbidden(node syntax.Node) string {
	switch n := node.(type) {
	case *syntax.WhileClause, *syntax.ForClause:
		return "a loop"
	case *syntax.FuncDecl:
		return "a function" // it may call itself, and a Go program does not survive the overflow of its stack
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
		// One expansion a value keeps the growth of variables linear in the script's size: x=$x$x, often, is not.
		if expansions(n) > 1 {
			return "an assignment of several expansions"
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

// scriptBuiltins are the commands that such a script needs. printf is not among them: one format can ask for a
// terabyte of blanks; nor shift, whose argument the interpreter does not check.
var scriptBuiltins = []string{"echo", "[", "test", "exit", "set", "true", "false", ":"}

// forbiddenCall wants a command's name in so many letters, so that what it does is known before it runs.
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
			// "set -- $@ $@", often, doubles the parameters each time.
			if lit := arg.Lit(); len(lit) < 2 || lit == "--" {
				return "a set of parameters"
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

// ask runs the script for one tool; the answer is nil when it does not know the tool (it then exits with a failure).
func (s minToolScript) ask(arch Arch, tool Tool) (least *Demand, err error) {
	var printed answer
	defer func() {
		// The interpreter is not made for strangers' scripts everywhere ("shift -1" ends it).
		if fault := recover(); fault != nil {
			least, err = nil, scriptError(printed.current, "cannot be interpreted: %v", fault)
		}
	}()
	runner, err := newRunner(arch, tool, &printed)
	if err != nil {
		return nil, fmt.Errorf("interpreting %s: %w", scriptFile, err)
	}
	// No caller's context: nothing here waits for anything, and the limit is a second belt.
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

// newRunner makes an interpreter that reaches nothing outside itself.
func newRunner(arch Arch, tool Tool, printed *answer) (*interp.Runner, error) {
	return interp.New(
		// Params reads options up to "--"; the tool is $1.
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
	return scriptError(int(interp.HandlerCtx(ctx).Pos.Line()), "wants to run %q, and no program of a tree is run here", args[0])
}

// answer is what the script prints for one tool, and the line of the command that printed it.
type answer struct {
	text    []byte
	line    int // of the command that printed
	current int // of the command that runs now
	refused error
}

// testOperators are those of [ that look at text and numbers; the others look at files.
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

// Write takes the script's standard output.
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
	least, err := version.Parse(text)
	if err != nil {
		return nil, scriptError(a.line, "answers for %s: %v", tool, err)
	}
	return &Demand{Tool: tool, Version: least, Where: Where{File: scriptFile, Line: a.line}}, nil
}
