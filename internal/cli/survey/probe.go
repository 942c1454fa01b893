package survey

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	urfave "github.com/urfave/cli/v2"

	"github.com/krustup/krustup/internal/cli"
	"github.com/krustup/krustup/internal/disk"
	"github.com/krustup/krustup/internal/failure"
	"github.com/krustup/krustup/internal/kernel"
	"github.com/krustup/krustup/internal/probe"
	"github.com/krustup/krustup/internal/store"
	"github.com/krustup/krustup/internal/term"
	"github.com/krustup/krustup/targets"
	"github.com/krustup/krustup/toolchain"
)

func probeCommand(a *cli.App) *urfave.Command {
	theirs := slices.DeleteFunc(cli.SelectionFlags(false), func(f urfave.Flag) bool { return f.Names()[0] == "backend" })
	flags := append(theirs, cli.KernelFlag(),
		&urfave.BoolFlag{Name: "all", Usage: "probe every target"},
		&urfave.StringFlag{Name: "backend", Value: string(probe.LLVM), Usage: "probe `BACKEND`: llvm, gcc (rustc_codegen_gcc) or gccrs"},
		&urfave.DurationFlag{Name: "timeout", Value: 2 * time.Minute, Usage: "stop a step after this `TIME`"},
	)
	manual := cli.Manual{
		Examples: []string{
			"krustup probe --kernel 7.2 arm64 s390x",
			"krustup probe --backend gcc --all",
		},
		Exit:     "0  the probes ran, whatever their results\n3  no rustc that fits is installed",
		Document: "docs/probe.md",
	}
	return manual.For(a.Command("probe", "try to compile Rust for targets, and record the results", "[TARGET…]", flags, func(c *urfave.Context) error {
		chosen, err := chosenBackends(c)
		if err != nil {
			return err
		}
		backend := probe.Backend(chosen[0]) // there is one: the flag's default is llvm
		if c.Duration("timeout") <= 0 {
			return &cli.UsageError{Text: "--timeout: expected a time above zero", Hint: "--timeout 2m"}
		}
		list, err := probedTargets(a, c)
		if err != nil {
			return err
		}
		records, err := runProbes(a, c, backend, list)
		if err != nil {
			return err
		}
		if c.Bool("json") {
			return cli.WriteJSON(a.Out, struct {
				Schema int            `json:"schema"`
				Probes []probe.Record `json:"probes"`
			}{probe.Schema, records})
		}
		return printProbes(a.Out, records)
	}))
}

// probedTargets returns the targets that the command line names, each once, else the target of the set.
func probedTargets(a *cli.App, c *urfave.Context) ([]targets.Target, error) {
	if c.Bool("all") {
		if c.NArg() > 0 {
			return nil, &cli.UsageError{Text: "--all probes every target: expected no TARGET, found " + c.Args().First()}
		}
		return targets.All(), nil
	}
	if c.NArg() == 0 {
		host, err := cli.ChosenHost(c)
		if err != nil {
			return nil, err
		}
		t, err := cli.ChosenTarget(a, c, host)
		return []targets.Target{t}, err
	}
	var list []targets.Target
	for _, name := range c.Args().Slice() {
		t, err := findTarget(name)
		if err != nil {
			return nil, err
		}
		if !slices.ContainsFunc(list, func(o targets.Target) bool { return o.Name == t.Name }) {
			list = append(list, t)
		}
	}
	return list, nil
}

// runProbes runs the ladder of each target and saves a record of it.
func runProbes(a *cli.App, c *urfave.Context, backend probe.Backend, list []targets.Target) ([]probe.Record, error) {
	st, err := a.Store()
	if err != nil {
		return nil, err
	}
	tools, err := probeTools(a, c, st, backend)
	if err != nil {
		return nil, err
	}
	host, err := cli.ChosenHost(c)
	if err != nil {
		return nil, err
	}
	if err := st.EnsureWritable(); err != nil {
		return nil, err
	}
	scratch, err := os.MkdirTemp("", "krustup-probe-")
	if err != nil {
		return nil, fmt.Errorf("creating build directory: %w", err)
	}
	defer os.RemoveAll(scratch)
	parallel, err := a.Jobs() // a ladder keeps about one core busy
	if err != nil {
		return nil, err
	}
	jobs := probeJobs(backend, list)
	triple := host.String() + "-unknown-linux-gnu"
	book := &probeBook{dir: st.ProofsDir(), backend: backend, host: triple, results: map[string]probe.Result{}}
	screen := a.Screen()
	_, err = probe.Run(c.Context, tools, jobs, probe.Options{
		Scratch: scratch, Host: triple, Parallel: parallel, Timeout: c.Duration("timeout"),
		Done: func(r probe.Result) {
			screen.Note("%s: %s (%s)", r.Triple, r.Verdict, cli.FormatSeconds(r.Seconds))
			book.add(r)
		},
	})
	// The results so far are saved even when the run failed or was interrupted.
	records, saveErr := book.save(list)
	if err != nil {
		return nil, err
	}
	return records, saveErr
}

// probeBook collects results from several goroutines.
type probeBook struct {
	dir, host string
	backend   probe.Backend

	mu      sync.Mutex
	results map[string]probe.Result // by triple
}

func (b *probeBook) add(r probe.Result) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.results[r.Triple] = r
}

// save writes the record of each target that a compiler was found for, and returns all records.
func (b *probeBook) save(list []targets.Target) (records []probe.Record, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, t := range list {
		record := probe.NewRecord(t.Name, b.backend, b.host)
		for _, name := range probeTriples(b.backend, t) {
			if r, seen := b.results[name]; seen {
				record.Results = append(record.Results, r)
			}
		}
		records = append(records, record)
		if record.Name() != "" { // empty when no compiler was found
			data, encodeErr := record.Encode()
			if encodeErr == nil {
				encodeErr = disk.ReplaceFile(filepath.Join(b.dir, record.Name()), data)
			}
			err = errors.Join(err, encodeErr)
		}
	}
	return records, err
}

// probeJobs returns one job for each triple: two targets may share one.
func probeJobs(backend probe.Backend, list []targets.Target) []probe.Job {
	var all []probe.Job
	for _, t := range list {
		for _, triple := range probeTriples(backend, t) {
			if !slices.ContainsFunc(all, func(j probe.Job) bool { return j.Triple == triple }) {
				all = append(all, probe.Job{Backend: backend, Triple: triple, GNU: t.GNU})
			}
		}
	}
	return all
}

// probeTools returns the tools of the set that the command line selects. Without a kernel, on the command line or in
// the current directory, it returns the newest rustc and LLVM in the store that --with allows.
func probeTools(a *cli.App, c *urfave.Context, st *store.Store, backend probe.Backend) (probe.Tools, error) {
	tools := probe.Tools{Path: filepath.SplitList(os.Getenv("PATH"))}
	env, sel, err := cli.Activate(a, c)
	switch {
	case err == nil:
		for _, v := range env.Kbuild {
			switch v.Name {
			case "RUSTC":
				tools.Rustc = v.Value
			case "RUST_LIB_SRC":
				tools.Library = v.Value
			}
		}
		tools.Path = append([]string{env.Bin}, tools.Path...)
	case failure.Is[*kernel.NotTreeError](err) && c.String("kernel") == "" && c.String("tree") == "":
		if sel.Req, err = looseRequest(c); err != nil {
			return tools, err
		}
		if err := newestTools(st, sel.Req, &tools); err != nil && backend != probe.GCCRS {
			return tools, err
		}
	default:
		return tools, err
	}
	if lld, err := lookInDirs(tools.Path, "ld.lld"); err == nil {
		tools.LLD = lld
	}
	return tools, nil
}

// looseRequest returns a request with the versions of --with, and without a kernel.
func looseRequest(c *urfave.Context) (toolchain.Request, error) {
	host, err := cli.ChosenHost(c)
	for _, name := range []string{"supplier", "cc", "match-llvm"} {
		if c.IsSet(name) {
			return toolchain.Request{}, &cli.UsageError{Text: fmt.Sprintf("--%s chooses among the sets for a kernel, but no kernel is given", name), Hint: "krustup probe --kernel 7.2 …"}
		}
	}
	if err != nil {
		return toolchain.Request{}, err
	}
	with, err := cli.ChosenVersions(c)
	return toolchain.Request{Host: host, With: with}, err
}

// newestTools fills in the newest rust, llvm, qemu and gccrs in the store that fit the request.
func newestTools(st *store.Store, req toolchain.Request, tools *probe.Tools) error {
	objects, damaged := st.Objects()
	best := newestInstalled(objects, req)
	for _, c := range []toolchain.Component{toolchain.QEMU, toolchain.GCCRS} {
		for _, rel := range best[c].Record.Tools {
			tools.Path = append([]string{filepath.Join(best[c].Dir, filepath.Dir(rel))}, tools.Path...)
			break // all tools are in one directory
		}
	}
	rust, ok := best[toolchain.Rust]
	if !ok {
		if err := errors.Join(damaged...); err != nil {
			return err
		}
		return &cli.ExitError{Code: failure.NoSet, Text: "no rustc that fits is installed", Hint: "krustup install --kernel 7.2 installs a set"}
	}
	tools.Rustc = filepath.Join(rust.Dir, rust.Record.Tools["rustc"])
	tools.Library = filepath.Join(rust.Dir, rust.Record.Paths[toolchain.PathRustLibSrc])
	if llvm, ok := best[toolchain.LLVM]; ok {
		tools.Path = append([]string{filepath.Join(llvm.Dir, llvm.Record.Paths[toolchain.PathLLVMBin])}, tools.Path...)
	}
	return nil
}

func lookInDirs(dirs []string, name string) (string, error) {
	for _, dir := range dirs {
		path := filepath.Join(dir, name)
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0 {
			return path, nil
		}
	}
	return "", os.ErrNotExist
}

// printProbes prints a row for each triple, with its error below it, and then the compilers and the counts.
func printProbes(out io.Writer, records []probe.Record) error {
	var rows [][]string
	compilers := map[string]bool{}
	counts := map[probe.Verdict]int{}
	for _, record := range records {
		if len(record.Results) == 0 {
			counts[probe.Absent]++
			rows = append(rows, []string{record.Target, "-", string(probe.Absent), "", ""}, []string{"no known triple of this backend"})
		}
		for _, r := range record.Results {
			counts[r.Verdict]++
			if r.Compiler != "" {
				compilers[strings.TrimSpace(r.Compiler+llvmInside(r))] = true
			}
			rows = append(rows, []string{record.Target, r.Triple, string(r.Verdict), cli.FormatSeconds(r.Seconds), r.Reached})
			if r.Error != "" {
				rows = append(rows, []string{r.Error})
			}
		}
	}
	if err := term.Table(out, []string{"TARGET", "TRIPLE", "RESULT", "TIME", "REACHED"}, rows); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(compilers)) {
		if _, err := fmt.Fprintln(out, name); err != nil {
			return err
		}
	}
	var parts []string
	for _, v := range []probe.Verdict{probe.Passed, probe.Built, probe.Wrong, probe.Failed, probe.Ended, probe.Absent} {
		if counts[v] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", counts[v], v))
		}
	}
	_, err := fmt.Fprintln(out, strings.Join(parts, ", "))
	return err
}
