// Package fetch downloads files: a Client moves bytes from http, https and file URLs, and a Request describes one file:
// its digest, the URLs that may have it, and its destination.
//
// Invariant: a file appears at Request.Dest only when it has the requested digest. Until then it is in Request.Partial,
// which survives an interruption so that the next call can resume.
//
// hashicorp/go-getter moves the bytes of files. No other package imports it. This package works around its problems:
//
//   - it appends any response to the partial file, even a whole file or another range: exchange refuses such
//     responses before a byte of them is written, and the digest is checked over all bytes in any case;
//   - it does not truncate a partial file that it rewrites: tracker does;
//   - it ignores its own MaxBytes when progress is tracked: tracker limits the stream;
//   - it unpacks archives, makes links to local files, follows X-Terraform-Get and reads commands from URLs
//     ("git::", "//", "?checksum=", "?archive="): all disabled or refused, see getterFor and parseSource;
//   - its getters keep state: each attempt uses new ones;
//   - it sorts and re-encodes the query of a URL: do not use URLs whose query is signed.
package fetch
