// Package survey answers questions about Rust in Linux from the manifests and from kernel trees: for which targets
// kernels build Rust and backends compile it, and which unstable Rust a kernel uses.
//
// A Matrix has a Row for each target, with what one kernel says about it. The kernel is read by a KernelReader: from
// its tree, or from the manifests by its release. A Lack is a target without a working backend, a Change is a
// difference between two kernels, and a Probed is a compiler's result on this machine next to the manifests' claim.
//
// A GateUse is one unstable thing that a kernel uses: a feature gate, a -Z flag, or another. A GateReport judges all of
// them by one release of rustc, and its Verdict is what keeps the kernel from building with a stable one. GateHistory
// has what each series of Linux uses.
//
// Invariant: the package only reads manifests and trees. It installs, runs and writes nothing; answers of compilers
// (probe.Record, GateSaid) are handed to it.
package survey
