# The Rust code of this kernel, built with the tools that krustup.lock names. Written by `krustup ci init make`; yours to
# change. It is included by a Makefile (`include krustup.mk`), or used alone: make -f krustup.mk rust
#
# Before the first run: krustup lock [[.LockOptions]]
#
#   make rust                all pairs
#   make rust-install        their tools alone
#   make rust-arm64-clang    one pair
#   make rust-check          does the lock still meet what the tree asks for?

KRUSTUP ?= krustup
KRUSTUP_TREE ?= [[.Tree]]
KRUSTUP_LOCK ?= krustup.lock
# More options of `krustup install`: --offline, or --from kit.tar.zst of what `krustup bundle` made.
KRUSTUP_INSTALL ?=
# Where the JUnit files go.
KRUSTUP_REPORTS ?= .

KRUSTUP_PAIRS :=[[range .Pairs]] [[.Target]]-[[.CC]][[end]]

krustup_target = $(firstword $(subst -, ,$1))
krustup_cc = $(lastword $(subst -, ,$1))
krustup_choice = --tree $(KRUSTUP_TREE) --target $(call krustup_target,$1) --cc $(call krustup_cc,$1)

.PHONY: rust rust-install rust-check $(KRUSTUP_PAIRS:%=rust-%) $(KRUSTUP_PAIRS:%=rust-install-%)

rust: $(KRUSTUP_PAIRS:%=rust-%)
rust-install: $(KRUSTUP_PAIRS:%=rust-install-%)
[[- if .Kernel]]

# The kernel is not in this repository: a verified release of it.
$(KRUSTUP_TREE)/Makefile:
	$(KRUSTUP) source [[.Kernel]] -o $(KRUSTUP_TREE)

$(KRUSTUP_PAIRS:%=rust-install-%): $(KRUSTUP_TREE)/Makefile
[[- end]]

$(KRUSTUP_PAIRS:%=rust-install-%): rust-install-%:
	$(KRUSTUP) install --locked --lock $(KRUSTUP_LOCK) $(call krustup_choice,$*) $(KRUSTUP_INSTALL)

# A proof keeps every core busy by itself: make -j serves the installations.
$(KRUSTUP_PAIRS:%=rust-%): rust-%: rust-install-%
	$(KRUSTUP) prove $(call krustup_choice,$*) --junit $(KRUSTUP_REPORTS)/krustup-junit-$*.xml

rust-check:
	$(KRUSTUP) lock --check --lock $(KRUSTUP_LOCK) --tree $(KRUSTUP_TREE)
