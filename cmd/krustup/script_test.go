package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/krustup/krustup/internal/doctor"
	"github.com/krustup/krustup/internal/mirrortest"
	"github.com/krustup/krustup/internal/trust"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"krustup": func() { os.Exit(run(os.Args, testKeyrings())) },
	})
}

// testKeyrings returns keyrings with the keys of the script's archives, by supplier. Only the test program can replace
// the embedded keys.
func testKeyrings() map[string]*trust.Keyring {
	rings := map[string]*trust.Keyring{}
	for supplier, name := range map[string]string{"debian": "ARCHIVE", "rust-lang": "RUST", "kernel-org": "KERNEL"} {
		if os.Getenv("TEST_"+name+"_KEY") == "" {
			continue // uses the embedded keys
		}
		data, err := os.ReadFile(os.Getenv("TEST_" + name + "_KEY"))
		if err != nil {
			panic(err)
		}
		fp, err := trust.ParseFingerprint(os.Getenv("TEST_" + name + "_FINGERPRINT"))
		if err != nil {
			panic(err)
		}
		if rings[supplier], err = trust.NewKeyring([]trust.KeyFile{{Name: "test", Data: data}}, []trust.Fingerprint{fp}); err != nil {
			panic(err)
		}
	}
	return rings
}

type (
	archiveKey struct{}
	scriptTB   struct{}
)

// TestScripts runs testdata/script, which specifies the command line, one file a command. Each script has its own
// Debian archive on loopback, an empty home, and a copy of testdata/tree.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:   "testdata/script",
		Setup: setUpScript,
		Condition: func(name string) (bool, error) {
			if name != "buildhost" {
				return false, fmt.Errorf("unknown condition %q", name)
			}
			return len(doctor.Missing(doctor.Check(t.Context(), doctor.Options{SrcArch: "arm64"}), doctor.Required)) == 0, nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"fault":    cmdFault,
			"heal":     cmdHeal,
			"requests": cmdRequests,
			"expire":   cmdExpire,
			"renew":    cmdRenew,
			"resign":   cmdResign,
			"rewind":   cmdRewind,
			"newer":    cmdNewer,
			"readonly": cmdReadOnly,
			"publish":  cmdPublish,
			"serve":    cmdServe,
			"retire":   cmdRetire,
			"static":   cmdStatic,
			"repack":   cmdRepack,
			"hold":     cmdHold,
			"signal":   cmdSignal,
		},
	})
}

func setUpScript(env *testscript.Env) error {
	tb, ok := env.T().(testing.TB)
	if !ok {
		return fmt.Errorf("the script's T is not a testing.TB")
	}
	a := newArchive(tb)
	env.Values[archiveKey{}] = a
	env.Values[scriptTB{}] = tb
	others, err := newOtherMirrors(tb)
	if err != nil {
		return err
	}
	env.Values[otherMirrors{}] = others
	for name, key := range map[string]*mirrortest.Key{"ARCHIVE": a.Key, "RUST": others.rust.Key, "KERNEL": others.kernel.Key} {
		if err := trustKey(env, name, key); err != nil {
			return err
		}
	}
	// Most scripts need one supplier. Others run `env KRUSTUP_CONFIG=`.
	alone := filepath.Join(env.WorkDir, ".debian-alone.toml")
	if err := os.WriteFile(alone, []byte("suppliers = [\"debian\"]\n"), 0o644); err != nil {
		return err
	}
	env.Setenv("KRUSTUP_CONFIG", alone)
	env.Setenv("KRUSTUP_RUST_MIRROR", others.rust.URL())
	env.Setenv("KRUSTUP_KERNEL_MIRROR", others.kernel.URL())
	if err := os.CopyFS(filepath.Join(env.WorkDir, "tree"), os.DirFS("testdata/tree")); err != nil {
		return err
	}
	// With -race, a program waits a second before it exits, so that its other threads can report races.
	env.Setenv("GORACE", "atexit_sleep_ms=0")
	env.Setenv("KRUSTUP_DEBIAN_MIRROR", a.URL())
	env.Setenv("ARCHIVE_DIR", a.Dir)
	env.Setenv("DEBIAN", a.URL())
	env.Setenv("RUST", others.rust.URL())
	env.Setenv("KRUSTUP_HOME", filepath.Join(env.WorkDir, "home"))
	env.Defer(func() { _ = exec.Command("chmod", "-R", "u+w", env.WorkDir).Run() })
	return nil
}

// trustKey pins a key for the script's krustup.
func trustKey(env *testscript.Env, name string, key *mirrortest.Key) error {
	public, err := key.Public()
	if err != nil {
		return err
	}
	file := filepath.Join(env.WorkDir, "."+name+".asc")
	if err := os.WriteFile(file, public, 0o644); err != nil {
		return err
	}
	fp, err := key.Fingerprint()
	if err != nil {
		return err
	}
	env.Setenv("TEST_"+name+"_KEY", file)
	env.Setenv("TEST_"+name+"_FINGERPRINT", fp.String())
	return nil
}

func archiveOf(ts *testscript.TestScript) *mirrortest.Debian {
	return ts.Value(archiveKey{}).(*mirrortest.Debian)
}

// cmdFault implements "fault KIND PATTERN [TIMES]": requests that match the pattern fail in the given way.
func cmdFault(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: fault flip|cut|missing|broken|slow pattern [times]")
	}
	f := mirrortest.Fault{Path: args[1]}
	switch args[0] {
	case "flip":
		f.Flip = true
	case "cut":
		f.Cut = 300
	case "missing":
		f.Status = 404
	case "broken":
		f.Status = 500
	case "slow":
		f.Delay = 5 * time.Second
	default:
		ts.Fatalf("unknown fault %q", args[0])
	}
	if len(args) > 2 {
		n, err := strconv.Atoi(args[2])
		ts.Check(err)
		f.Times = n
	}
	archiveOf(ts).Server.Fault(f)
}

// cmdHeal implements "heal", which removes all faults.
func cmdHeal(ts *testscript.TestScript, _ bool, _ []string) { archiveOf(ts).Server.Heal() }

// cmdRequests implements "requests N PATTERN", which checks the number of requests since the last "requests forget".
// The pattern "all" matches every request.
func cmdRequests(ts *testscript.TestScript, _ bool, args []string) {
	server := archiveOf(ts).Server
	if len(args) == 1 && args[0] == "forget" {
		server.Forget()
		return
	}
	if len(args) != 2 {
		ts.Fatalf("usage: requests forget | requests N pattern")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := len(server.Requests())
	if args[1] != "all" {
		got = server.Count(args[1])
	}
	if got != want {
		ts.Fatalf("%d requests for %s, expected %d: %v", got, args[1], want, server.Requests())
	}
}

// cmdExpire implements "expire SUITE", which publishes the suite with expired metadata.
func cmdExpire(ts *testscript.TestScript, _ bool, args []string) {
	s := archiveOf(ts).Suite(args[0])
	s.Date = time.Now().Add(-20 * 24 * time.Hour)
	s.ValidUntil = time.Now().Add(-10 * 24 * time.Hour)
	ts.Check(archiveOf(ts).Publish())
}

// cmdRenew implements "renew SUITE", which publishes the suite with a Release file of this moment that is valid for a
// week.
func cmdRenew(ts *testscript.TestScript, _ bool, args []string) {
	s := archiveOf(ts).Suite(args[0])
	s.Date, s.ValidUntil = time.Now(), time.Now().Add(7*24*time.Hour)
	ts.Check(archiveOf(ts).Publish())
}

// cmdRewind implements "rewind SUITE", which publishes the suite with an older, still valid Release file.
func cmdRewind(ts *testscript.TestScript, _ bool, args []string) {
	s := archiveOf(ts).Suite(args[0])
	s.Date = s.Date.Add(-48 * time.Hour)
	ts.Check(archiveOf(ts).Publish())
}

// cmdNewer implements "newer SUITE", which replaces each tool of the suite by a point release. The earlier files are
// removed from the archive.
func cmdNewer(ts *testscript.TestScript, _ bool, args []string) {
	tb := ts.Value(scriptTB{}).(testing.TB)
	b := builder{tb: tb, host: debianNames(tb, runtime.GOARCH)}
	a := archiveOf(ts)
	s := a.Suite(args[0])
	s.Debs = nil
	s.Add(b.libc())
	s.Add(b.rust("1.85.2", "1.85.2+dfsg1-1", "19")...)
	s.Add(b.llvm("19", "1:19.1.8-1")...)
	s.Add(b.llvm("22", "1:22.1.8-2")...)
	s.Add(b.bindgen("0.71.1", "0.71.1-7"), b.tools("pahole", "pahole", "1.30-2", nil), b.tools("pahole", "pahole", "1.31-1", nil))
	s.Add(b.tools("patchelf", "patchelf", "0.18.0-1.4", nil))
	s.Date = s.Date.Add(time.Minute)
	ts.Check(os.RemoveAll(filepath.Join(a.Dir, "debian", "pool")))
	ts.Check(a.Publish())
}

// cmdResign implements "resign SUITE stranger|nobody|own", which signs the suite with a key that is not pinned, with no
// key, or with the archive's own key.
func cmdResign(ts *testscript.TestScript, _ bool, args []string) {
	s := archiveOf(ts).Suite(args[0])
	s.Keys = []*mirrortest.Key{}
	if args[1] == "own" {
		s.Keys = nil
	}
	if args[1] == "stranger" {
		key, err := mirrortest.NewKey("A stranger")
		ts.Check(err)
		s.Keys = append(s.Keys, key)
	}
	ts.Check(archiveOf(ts).Publish())
}

// cmdRetire implements "retire SUITE PACKAGE", which removes the package, and others of that source, from the archive.
func cmdRetire(ts *testscript.TestScript, _ bool, args []string) {
	a := archiveOf(ts)
	s := a.Suite(args[0])
	s.Debs = slices.DeleteFunc(s.Debs, func(d mirrortest.Deb) bool { return d.Name == args[1] || d.Source == args[1] })
	s.Date = s.Date.Add(time.Minute)
	ts.Check(a.Publish())
	ts.Check(os.RemoveAll(filepath.Join(a.Dir, "debian/pool/main", args[1][:1], args[1])))
}

// cmdServe implements "serve DIR NAME", which serves the directory over HTTP and sets the variable NAME to its address.
func cmdServe(ts *testscript.TestScript, _ bool, args []string) {
	server := mirrortest.NewServer(ts.MkAbs(args[0]))
	ts.Defer(server.Close)
	ts.Setenv(args[1], server.URL)
}

// cmdReadOnly implements "readonly DIR", which removes write permission below the directory; "! readonly DIR" restores
// it.
func cmdReadOnly(ts *testscript.TestScript, neg bool, args []string) {
	mode := "a-w"
	if neg {
		mode = "u+w"
	}
	out, err := exec.Command("chmod", "-R", mode, ts.MkAbs(args[0])).CombinedOutput()
	if err != nil {
		ts.Fatalf("chmod: %v: %s", err, out)
	}
}
