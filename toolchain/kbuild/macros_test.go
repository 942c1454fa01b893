package kbuild

import (
	"slices"
	"testing"

	"github.com/krustup/krustup/targets"
	"github.com/krustup/krustup/toolchain"
	"github.com/krustup/krustup/toolchain/install"
)

func TestCompilerMacros(t *testing.T) {
	for _, test := range []struct {
		macro      string
		clang, gcc string // "" for no answer
	}{
		{"$(success,$(NM) --help | head -n 1 | grep -qi llvm)", "y", "n"},
		{"$(success,$(AR) --help | head -n 1 | grep -qi llvm)", "y", "n"},
		{"$(success,$(OBJCOPY) --version | head -n1 | grep -qv llvm)", "n", "y"},
		{"$(success,$(AR) --help; touch /x | head -n 1 | grep -qi llvm)", "", ""},
		{"$(cc-option,-fsanitize=kcfi)", "", ""},
	} {
		for cc, want := range map[toolchain.Compiler]string{toolchain.Clang: test.clang, toolchain.GNU: test.gcc} {
			value, ok := CompilerMacros(cc)(test.macro)
			if value != want || ok != (want != "") {
				t.Errorf("%s with %s: %q, %v, expected %q", test.macro, cc, value, ok, want)
			}
		}
	}
}

// TestQuestion checks which options of a tree, which may be hostile, reach the set's programs.
func TestQuestion(t *testing.T) {
	env := install.Environment{CC: toolchain.Clang, Kbuild: []install.Variable{{Name: "CROSS_COMPILE", Value: ""}, {Name: "LLVM", Value: "/set/"}}}
	target, err := targets.Find("arm64")
	if err != nil {
		t.Fatal(err)
	}
	for macro, want := range map[string]bool{
		"$(cc-option,-fsanitize=kcfi)":                                     true,
		"$(cc-option, -fsanitize=kernel-address)":                          true,
		"$(cc-option,-fpatchable-function-entry=16,16)":                    true,
		"$(cc-option,-frandomize-layout-seed-file=/dev/null)":              true,
		"$(cc-option,-mbranch-protection=pac-ret+leaf)":                    true,
		"$(ld-option,--fix-cortex-a53-843419)":                             true,
		"$(cc-option,-fplugin=x)":                                          false,
		"$(cc-option,-fpass-plugin=x)":                                     false,
		"$(cc-option,-fplugin-arg-x-y)":                                    false,
		"$(cc-option,-Xclang -load)":                                       false,
		"$(cc-option,-mllvm -load=x)":                                      false,
		"$(cc-option,-fsanitize-ignorelist=/etc/passwd)":                   false,
		"$(cc-option,-fsanitize-ignorelist=../x)":                          false,
		"$(cc-option,-Wl,-plugin)":                                         false,
		"$(cc-option,-Wa,-x)":                                              false,
		"$(cc-option,-wrapper x)":                                          false,
		"$(cc-option,-B.)":                                                 false,
		"$(cc-option,@x)":                                                  false,
		"$(cc-option,-o /x)":                                               false,
		"$(cc-option,$(shell,touch /x))":                                   false,
		"$(cc-option,-fsanitize=kernel-address --param asan-kernel-mem=1)": false,
		"$(ld-option,--plugin=x)":                                          false,
		"$(ld-option,--script=x)":                                          false,
		"$(ld-option,-T x)":                                                false,
		"$(success,true)":                                                  false,
		"$(cc-option,)":                                                    false,
		"$(as-instr,.incbin \"/etc/passwd\")":                              false,
	} {
		program, args := question(env, target, macro)
		if (program != "") != want {
			t.Errorf("%s: runs %s %q, expected a question: %v", macro, program, args, want)
		}
	}
	program, args := question(env, target, "$(cc-option,-fsanitize=kcfi)")
	if program != "/set/clang" || !slices.Contains(args, "--target=aarch64-linux-gnu") || !slices.Contains(args, "-fsanitize=kcfi") {
		t.Errorf("question returned %s %q", program, args)
	}
}
