#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# In the shape of Linux's script of this name.

set -e

case "$1" in
gcc)
	echo 8.1.0
	;;
llvm)
	if [ "$SRCARCH" = loongarch ]; then
		echo 18.0.0
	else
		echo 17.0.1
	fi
	;;
rustc)
	if [ "$SRCARCH" = s390 ]; then
		echo 1.96.0
	else
		echo 1.85.0
	fi
	;;
bindgen)
	echo 0.71.1
	;;
*)
	echo "$1: unknown tool" >&2
	exit 1
	;;
esac
