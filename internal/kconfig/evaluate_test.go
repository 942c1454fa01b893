package kconfig_test

import (
	"testing"

	"github.com/krustup/krustup/internal/kconfig"
)

// rules has one option for each rule of scripts/kconfig/symbol.c that decides a value.
const rules = `menuconfig MODULES
	bool "Modules"
	modules
config T
	tristate "tristate"
config B
	bool "bool on a tristate"
	depends on T
config LIMITED
	tristate "no more than T"
	depends on T
config DEFAULTED
	tristate "default"
	default m if T
	default y
config HIDDEN
	bool
	default y if !MODULES
config SELECTED
	tristate "selected"
config BY
	tristate "by"
	select SELECTED if T != n
config TWICE
	bool "first" if NEVER
config TWICE
	bool "second"
	depends on T = y
config IMPLIED
	tristate "implied"
	depends on T
config IMPLIES
	bool "implies"
	imply IMPLIED
config NEW
	bool "renamed"
	default OLD
config OLD
	bool
	transitional
choice
	prompt "one of" if NEVER
	default C2
config C1
	bool "1"
config C2
	bool "2"
	depends on T
config C3
	bool "3"
endchoice
config NUMBER
	int "number" if T
	default 5 if MODULES
	default NUMBER2
config NUMBER2
	int
	default 7
config COMPARED
	def_bool NUMBER > 6
config TEXT
	string "text"
	default "none"
config TEXTUAL
	def_bool TEXT = "some"
config NEVER
	bool
menu "m"
	visible if MODULES
config IN_MENU
	bool "in a menu"
	default y
endmenu
config ONLY_IF
	bool "depends if"
	depends on B if T
config MACRO
	bool "seen by a macro"
	depends on $(cc-option,-fx)
config FROM_MACRO
	def_bool $(cc-option,-fy)
config BEHIND
	def_bool FROM_MACRO && T
config LOOP_A
	def_bool !LOOP_B
config LOOP_B
	def_bool !LOOP_A
`

func TestEvaluate(t *testing.T) {
	tree, err := kconfig.ReadTree(plant(t, map[string]string{"Kconfig": rules}), kconfig.Arch{SrcArch: "x86", Arch: "x86"})
	if err != nil {
		t.Fatal(err)
	}
	const open = "open"
	cases := []struct{ config, symbol, want string }{
		{"MODULES T=m", "T", "m"},
		{"T=m", "T", "y"}, // without modules, m is y
		{"MODULES B=m T", "B", "n"},
		{"MODULES T=m B", "B", "y"},
		{"B", "B", "n"},
		{"MODULES T=m LIMITED", "LIMITED", "m"},
		{"MODULES T", "DEFAULTED", "m"},
		{"MODULES", "DEFAULTED", "y"},
		{"MODULES !DEFAULTED", "DEFAULTED", "n"},
		{"HIDDEN", "HIDDEN", "y"},
		{"MODULES HIDDEN", "HIDDEN", "n"},
		{"MODULES T BY=m", "SELECTED", "m"},
		{"MODULES T BY=m !SELECTED", "SELECTED", "m"},
		{"MODULES T BY", "SELECTED", "y"},
		{"MODULES BY", "SELECTED", "n"},
		{"MODULES T TWICE", "TWICE", "y"},
		{"MODULES T=m TWICE", "TWICE", "n"},
		{"MODULES T=m IMPLIES", "IMPLIED", "m"},
		{"MODULES T IMPLIES", "IMPLIED", "y"},
		{"MODULES T IMPLIES !IMPLIED", "IMPLIED", "n"},
		{"MODULES IMPLIES", "IMPLIED", "n"},
		{"OLD", "NEW", "y"},
		{"OLD !NEW", "NEW", "n"},
		{"", "NEW", "n"},
		{"T", "C2", "y"},
		{"", "C2", "n"},
		{"", "C1", "y"},
		{"C3", "C3", "y"},
		{"C3", "C1", "n"},
		{"T !C2", "C1", "y"},
		{"C2", "C2", "n"},
		{"MODULES", "COMPARED", "n"},
		{"", "COMPARED", "y"},
		{"T NUMBER=6", "COMPARED", "n"},
		{"NUMBER=6", "COMPARED", "y"}, // it cannot be set without T
		{"TEXT=\"some\"", "TEXTUAL", "y"},
		{"", "TEXTUAL", "n"},
		{"!IN_MENU", "IN_MENU", "y"},
		{"MODULES !IN_MENU", "IN_MENU", "n"},
		{"ONLY_IF", "ONLY_IF", "y"},
		{"T ONLY_IF", "ONLY_IF", "n"},
		{"T B ONLY_IF", "ONLY_IF", "y"},
		{"", "UNDEFINED", "n"},
		{"MACRO", "MACRO", open},
		{"", "MACRO", "n"},
		{"", "FROM_MACRO", open},
		{"", "BEHIND", "n"},
		{"T", "BEHIND", open},
		{"CC_IS_GCC MACRO", "MACRO", "y"},
		{"CC_IS_GCC FROM_MACRO", "FROM_MACRO", "y"},
		{"CC_IS_GCC", "FROM_MACRO", "n"},
		{"CC_IS_GCC FROM_MACRO T", "BEHIND", "y"},
	}
	for _, c := range cases {
		v := tree.Evaluate(options(t, c.config), nil).Value(c.symbol)
		got := v.Min.String()
		if !v.Known() {
			got = open
		}
		if got != c.want {
			t.Errorf("%q: %s is %s, expected %s", c.config, c.symbol, got, c.want)
		}
	}
	if v := tree.Evaluate(options(t, "CC_IS_GCC FROM_MACRO"), kconfig.Facts{"CC_IS_GCC": "n"}).Value("FROM_MACRO"); v.Known() {
		t.Errorf("the result of a macro with another compiler is used: %v", v)
	}
	tree.Evaluate(kconfig.Config{}, nil).Value("LOOP_A") // must end
}
