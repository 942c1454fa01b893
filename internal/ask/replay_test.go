package ask

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Environment variables of the test binary when it stands in for a tool.
const (
	transcriptVariable = "KRUSTUP_TEST_TRANSCRIPT" // the file to replay or record
	nameVariable       = "KRUSTUP_TEST_NAME"       // name of the tool that it stands in for
	toolVariable       = "KRUSTUP_TEST_TOOL"       // the real tool to record, "" to replay
)

// TestMain also replays the recorded output of a tool. A stand-in has to be a program, because tools are asked only
// through their command line.
func TestMain(m *testing.M) {
	if file := os.Getenv(transcriptVariable); file != "" {
		os.Exit(standIn(file, os.Getenv(toolVariable)))
	}
	os.Exit(m.Run())
}

// transcript is the recorded output of the tools of one toolchain, by call.
type transcript map[string]spoken

type spoken struct {
	Stdout, Stderr string
	Code           int
}

// standIn prints what the transcript has for this call and returns the exit code. If tool is not "", it runs the tool
// and adds its output to the transcript first.
func standIn(file, tool string) int {
	t := transcript{}
	data, err := os.ReadFile(file)
	if err == nil {
		err = json.Unmarshal(data, &t)
	}
	if err != nil && !os.IsNotExist(err) {
		fmt.Fprintln(os.Stderr, err)
		return 99
	}
	dir, _ := os.Getwd()
	key := call(dir)
	if tool != "" {
		t[key] = hear(tool, dir)
		if data, err = json.MarshalIndent(t, "", " "); err == nil {
			err = os.WriteFile(file, append(data, '\n'), 0o644)
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 99
		}
	}
	said, ok := t[key]
	if !ok {
		fmt.Fprintf(os.Stderr, "%s has no call %q\n", file, key)
		return 99
	}
	fmt.Print(said.Stdout)
	fmt.Fprint(os.Stderr, said.Stderr)
	return said.Code
}

// call returns the key of a call: the arguments, RUSTC_BOOTSTRAP, and the content of the files that a tool reads.
func call(dir string) string {
	words := []string{"RUSTC_BOOTSTRAP=" + os.Getenv("RUSTC_BOOTSTRAP"), os.Getenv(nameVariable)}
	for _, arg := range os.Args[1:] {
		if filepath.Base(arg) == "rustc" {
			arg = "rustc"
		}
		words = append(words, strings.ReplaceAll(arg, dir, "DIR"))
	}
	for _, name := range []string{"asked.rs", "rustfmt.toml"} {
		if data, err := os.ReadFile(name); err == nil {
			words = append(words, name+":", strings.TrimSpace(string(data)))
		}
	}
	return strings.Join(words, " ")
}

// hear runs the tool and returns its output, without unused parts of its diagnostics.
func hear(tool, dir string) spoken {
	cmd := exec.Command(tool, os.Args[1:]...)
	if filepath.Base(tool) == "clippy-driver" {
		cmd.Args[1] = filepath.Join(filepath.Dir(tool), "rustc")
	}
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	_ = cmd.Run() // the exit code is recorded below
	var lines []string
	for line := range strings.Lines(strings.ReplaceAll(stderr.String(), dir, "DIR")) {
		var d map[string]any
		if strings.HasPrefix(line, "{") && json.Unmarshal([]byte(line), &d) == nil {
			line = shortened(d)
		}
		lines = append(lines, line)
	}
	return spoken{strings.ReplaceAll(stdout.String(), dir, "DIR"), strings.Join(lines, ""), cmd.ProcessState.ExitCode()}
}

func shortened(d map[string]any) string {
	delete(d, "rendered")
	if code, ok := d["code"].(map[string]any); ok {
		delete(code, "explanation")
	}
	data, err := json.Marshal(d)
	if err != nil {
		panic(err)
	}
	return string(data) + "\n"
}

// standIns writes programs that replay a transcript, or record it from real tools.
func standIns(t *testing.T, file string, real Tools) Tools {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	program := func(name, tool string) string { // GORACE: under -race a program waits a second before it exits
		path := filepath.Join(dir, name)
		body := fmt.Sprintf("#!/bin/sh\nexport GORACE=atexit_sleep_ms=0 %s='%s' %s=%s %s='%s'\nexec '%s' \"$@\"\n", transcriptVariable, file, nameVariable, name, toolVariable, tool, self)
		if err := os.WriteFile(path, []byte(body), 0o755); err != nil {
			t.Fatal(err)
		}
		return path
	}
	return Tools{program("rustc", real.Rustc), program("rustdoc", real.Rustdoc), program("rustfmt", real.Rustfmt), program("clippy-driver", real.Clippy)}
}
