// Package fetch brings files here: a Client moves bytes from http, https and file URLs, and a Request names one file
// by its digest, the places where it may be had, and where it goes.
//
// Invariant: a file stands at Request.Dest only when all of its bytes have the digest that was asked for. Everything
// before that happens in Request.Partial, which survives an interruption so that the next try goes on from there.
//
// hashicorp/go-getter moves the bytes of files, and is imported here only. What it gets wrong is put right around it:
//
//   - it appends to the partial file whatever the server answers, a whole file or another range: exchange refuses
//     such answers before a byte of them is written, and the digest is checked over all bytes anyhow;
//   - it does not cut a partial file that it writes anew: tracker does;
//   - it ignores its own MaxBytes when somebody watches the progress: tracker bounds the stream;
//   - it unpacks archives, makes links to local files, follows X-Terraform-Get and reads commands from URLs
//     ("git::", "//", "?checksum=", "?archive="): all switched off or refused, see getterFor and parseSource;
//   - its getters keep state: each attempt has new ones;
//   - it sorts and re-encodes a URL's query: do not pass it addresses whose query is signed.
package fetch
