package ask

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/krustup/krustup/internal/version"
)

// asked are questions with the answers of tools from 1.85 on, and an earlier answer if it differed before a release.
var asked = []struct {
	question string
	want     Answer // Said is not compared
	before   string
	then     Answer
}{
	{question: "feature asm_const", want: Answer{State: Stable, Since: "1.82.0", Code: "stable_features"}},
	{question: "feature asm_goto", want: Answer{State: Stable, Since: "1.87.0", Code: "stable_features"}, before: "1.87.0", then: Answer{State: Unstable, Code: "E0554"}},
	{question: "feature arbitrary_self_types", want: Answer{State: Unstable, Code: "E0554"}},
	{question: "feature allocator_api", want: Answer{State: Unstable, Code: "E0554"}},         // a library feature
	{question: "feature compiler_builtins", want: Answer{State: Unstable, Code: "E0554"}},     // internal: an additional warning
	{question: "feature specialization", want: Answer{State: Unstable, Code: "E0554"}},        // incomplete: an additional warning
	{question: "feature proc_macro_diagnostic", want: Answer{State: Unstable, Code: "E0554"}}, // a feature of a crate that is not in use by default
	{question: "feature no_sanitize", want: Answer{State: Removed, Since: "1.91.0", Code: "E0557"}, before: "1.91.0", then: Answer{State: Unstable, Code: "E0554"}},
	{question: "feature no_such_gate", want: Answer{State: Unknown, Code: "E0635"}},
	{question: "rustc -Zfixed-x18", want: Answer{State: Unstable}}, // even where it is refused, as on x86
	{question: "rustc -Zcrate-attr=feature(asm_const)", want: Answer{State: Unstable}},
	{question: "rustc -Zunpretty=expanded", want: Answer{State: Unstable}},
	{question: "rustc -Zno-such-flag", want: Answer{State: Unknown}},
	{question: "rustc -Zsanitizer=no-such", want: Answer{State: Unknown}},
	{question: "rustc -Cpanic=abort", want: Answer{State: Stable}},
	{question: "rustc -Cjump-tables=n", want: Answer{State: Stable}, before: "1.93.0", then: Answer{State: Unknown}},
	{question: "rustc -Cno-such", want: Answer{State: Unknown}},
	{question: "rustc -Coverflow-checks=no-such", want: Answer{State: Unknown}},
	{question: "rustc -Cinline-threshold=1", want: Answer{State: Removed}},
	{question: "rustc --emit=obj", want: Answer{State: Stable}},
	{question: "rustc --emit=no-such", want: Answer{State: Unknown}},
	{question: "rustc --no-such", want: Answer{State: Unknown}},
	{question: "rustdoc --document-private-items", want: Answer{State: Stable}},
	{question: "rustdoc --output-format=doctest", want: Answer{State: Unstable}},
	{question: "rustdoc --no-such", want: Answer{State: Unknown}},
	{question: "rustdoc -Zno-such", want: Answer{State: Unknown}},
	{question: "rustfmt hard_tabs=true", want: Answer{State: Stable}},
	{question: "rustfmt wrap_comments=true", want: Answer{State: Unstable}},
	{question: "rustfmt no_such_option=true", want: Answer{State: Unknown}},
	{question: "clippy undocumented_unsafe_blocks", want: Answer{State: Stable}},
	{question: "clippy cyclomatic_complexity", want: Answer{State: Removed, Code: "renamed_and_removed_lints"}},
	{question: "clippy no_such_lint", want: Answer{State: Unknown, Code: "E0602"}},
	{question: "target x86_64-unknown-none", want: Answer{State: Unstable}, before: "1.95.0", then: Answer{State: Ungated}},
	{question: "target no-such-target", want: Answer{State: Unknown}},
}

// checkAnswers asks all questions and checks that no files are left behind.
func checkAnswers(t *testing.T, tools Tools, release version.Version) {
	t.Setenv("TMPDIR", t.TempDir())
	for _, a := range asked {
		q, err := Parse(a.question)
		if err != nil {
			t.Fatal(err)
		}
		want := a.want
		if a.before != "" && release.Less(version.MustParse(a.before)) {
			want = a.then
		}
		got, err := tools.Ask(t.Context(), q)
		if absent, ok := errors.AsType[*MissingToolError](err); ok && absent.Question == q && tools.Rustfmt == "" {
			t.Log(err)
			continue
		}
		if err != nil {
			t.Error(err)
			continue
		}
		if want.Code == "E0554" && got.Said == accepted { // a nightly needs no opt-in
			want.Code = ""
		}
		if (got.Said == "") != (want.State == Stable || want.State == Ungated) && got.Code == "" {
			t.Errorf("%s: unexpected message %q", a.question, got.Said)
		}
		if want.Said = got.Said; got != want {
			t.Errorf("%s: %+v, expected %+v", a.question, got, want)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(os.TempDir(), "*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// TestRecorded asks stand-ins that replay the recorded output of the real tools of several toolchains.
func TestRecorded(t *testing.T) {
	files, _ := filepath.Glob("testdata/*.json")
	if len(files) < 4 {
		t.Fatalf("%d transcripts, expected those of 1.85.1, 1.95.0, 1.96.1 and a nightly", len(files))
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			abs, err := filepath.Abs(file)
			if err != nil {
				t.Fatal(err)
			}
			checkAnswers(t, standIns(t, abs, Tools{}), version.MustParse(strings.TrimSuffix(filepath.Base(file), ".json")))
		})
	}
}
