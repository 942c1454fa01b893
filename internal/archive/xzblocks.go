package archive

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"sync"

	"github.com/ulikunitz/xz"
)

// The .xz format (https://tukaani.org/xz/xz-file-format.txt): a stream header of 12 bytes, blocks, an index with two
// numbers for each block, and a footer of 12 bytes with the length of the index.
const (
	xzHeaderSize  = 12
	xzFooterSize  = 12
	xzHeaderMagic = "\xfd7zXZ\x00"
	xzFooterMagic = "YZ"
	// maxBlock bounds the output of one block, because all of it is held in memory. The blocks of xz -T have the size
	// of three dictionaries: 24 MiB by default, 192 MiB at -9.
	maxBlock = 192 << 20
)

// xzBlock is one block of an .xz file. It starts at offset, has unpadded bytes (without the padding to a multiple of
// four), and decodes to size bytes. header is the header of its stream.
type xzBlock struct {
	offset, unpadded, size int64
	header                 [xzHeaderSize]byte
}

func (b xzBlock) padded() int64 { return (b.unpadded + 3) &^ 3 }

// randomReader is implemented by io.SectionReader, bytes.Reader and similar readers.
type randomReader interface {
	io.ReaderAt
	io.Seeker
	Size() int64
}

// xzBlocks returns the blocks in the index of an .xz file with one stream. It returns nil for any other file, for a
// corrupt one, and for one that was already read from. The plain decoder reads those, and reports what is wrong with
// them.
func xzBlocks(file randomReader) []xzBlock {
	size := file.Size()
	if at, err := file.Seek(0, io.SeekCurrent); err != nil || at != 0 || size < xzHeaderSize+xzFooterSize {
		return nil
	}
	var header [xzHeaderSize]byte
	var footer [xzFooterSize]byte
	if readFullAt(file, header[:], 0) != nil || readFullAt(file, footer[:], size-xzFooterSize) != nil {
		return nil
	}
	if string(header[:6]) != xzHeaderMagic || !validXZFooter(footer[:]) || !bytes.Equal(header[6:8], footer[8:10]) {
		return nil
	}
	indexSize := (int64(binary.LittleEndian.Uint32(footer[4:8])) + 1) * 4
	indexAt := size - xzFooterSize - indexSize
	if indexAt < xzHeaderSize || indexSize > 1<<20 {
		return nil
	}
	index := make([]byte, indexSize)
	if readFullAt(file, index, indexAt) != nil {
		return nil
	}
	return parseXZIndex(index, header, indexAt)
}

// validXZFooter reports whether a stream footer has the right magic and checksum.
func validXZFooter(footer []byte) bool {
	return string(footer[10:]) == xzFooterMagic && binary.LittleEndian.Uint32(footer) == crc32.ChecksumIEEE(footer[4:10])
}

// parseXZIndex returns the blocks of an index. It returns nil unless they fill the file from the header to the index
// without a gap.
func parseXZIndex(index []byte, header [xzHeaderSize]byte, indexAt int64) []xzBlock {
	body := index[:len(index)-4]
	if index[0] != 0 || binary.LittleEndian.Uint32(index[len(body):]) != crc32.ChecksumIEEE(body) {
		return nil
	}
	r := bytes.NewReader(body[1:])
	count, err := binary.ReadUvarint(r)
	if err != nil || count > uint64(len(body)) {
		return nil
	}
	blocks := make([]xzBlock, 0, count)
	at := int64(xzHeaderSize)
	for range count {
		unpadded, err1 := binary.ReadUvarint(r)
		output, err2 := binary.ReadUvarint(r)
		if err1 != nil || err2 != nil || unpadded == 0 || unpadded > uint64(indexAt) || output > maxBlock {
			return nil
		}
		block := xzBlock{offset: at, unpadded: int64(unpadded), size: int64(output), header: header}
		blocks = append(blocks, block)
		at += block.padded()
	}
	// At most three zero bytes pad the index to a multiple of four.
	if rest := body[len(body)-r.Len():]; at != indexAt || len(rest) > 3 || len(bytes.Trim(rest, "\x00")) != 0 {
		return nil
	}
	return blocks
}

// decode returns the output of the block, in buf if that is large enough. The block is decoded as a stream of its own,
// with a generated index and footer, so that the library checks its sizes and its checksum as usual.
func (b xzBlock) decode(file io.ReaderAt, buf []byte) ([]byte, error) {
	index := []byte{0}
	index = binary.AppendUvarint(index, 1)
	index = binary.AppendUvarint(index, uint64(b.unpadded))
	index = binary.AppendUvarint(index, uint64(b.size))
	for len(index)%4 != 0 {
		index = append(index, 0)
	}
	index = binary.LittleEndian.AppendUint32(index, crc32.ChecksumIEEE(index))
	end := binary.LittleEndian.AppendUint32(nil, uint32(len(index)/4-1))
	end = append(end, b.header[6:8]...)
	footer := binary.LittleEndian.AppendUint32(nil, crc32.ChecksumIEEE(end))
	footer = append(append(footer, end...), xzFooterMagic...)

	// One read for all compressed bytes, which are small compared to the output.
	block := make([]byte, b.padded())
	if err := readFullAt(file, block, b.offset); err != nil {
		return nil, err
	}
	stream, err := xz.ReaderConfig{SingleStream: true}.NewReader(io.MultiReader(
		bytes.NewReader(b.header[:]), bytes.NewReader(block), bytes.NewReader(index), bytes.NewReader(footer)))
	if err != nil {
		return nil, err
	}
	if int64(cap(buf)) < b.size {
		buf = make([]byte, b.size)
	}
	buf = buf[:b.size]
	if _, err := io.ReadFull(stream, buf); err != nil && b.size > 0 {
		return nil, fmt.Errorf("block at byte %d: %w", b.offset, err)
	}
	// The library reads the checksum, index and footer only if it is asked for more than the last byte.
	if n, err := stream.Read(make([]byte, 1)); n != 0 || err != io.EOF {
		return nil, fmt.Errorf("block at byte %d: after %d bytes of output: %w", b.offset, b.size, errors.Join(err, errBlockEnd))
	}
	return buf, nil
}

var errBlockEnd = errors.New("the block does not end where the index says")

// blockReader returns the output of blocks in their order. The blocks are decoded in parallel.
type blockReader struct {
	ctx     context.Context
	stop    context.CancelFunc
	running sync.WaitGroup
	queue   chan chan blockOutput // closed after the last block
	free    chan []byte           // buffers for reuse
	whole   []byte                // buffer of the block being read, to return to free
	rest    []byte                // the unread part of it
	err     error
}

type blockOutput struct {
	data []byte
	err  error
}

func decodeBlocks(ctx context.Context, src *source, file io.ReaderAt, blocks []xzBlock, jobs int) io.ReadCloser {
	ctx, stop := context.WithCancel(ctx)
	// One block is being read and at most jobs blocks are being decoded or wait to be read, which bounds the memory.
	b := &blockReader{ctx: ctx, stop: stop, queue: make(chan chan blockOutput, jobs), free: make(chan []byte, jobs+2)}
	b.running.Go(func() {
		defer close(b.queue)
		for _, block := range blocks {
			output := make(chan blockOutput, 1)
			select {
			case b.queue <- output:
			case <-ctx.Done():
				return
			}
			b.running.Go(func() { output <- b.decode(src, file, block) })
		}
	})
	return b
}

func (b *blockReader) decode(src *source, file io.ReaderAt, block xzBlock) blockOutput {
	var buf []byte
	select {
	case buf = <-b.free:
	default:
	}
	data, err := block.decode(sourceAt{src, file}, buf)
	return blockOutput{data, err}
}

func (b *blockReader) Read(p []byte) (int, error) {
	for len(b.rest) == 0 && b.err == nil {
		b.next()
	}
	if len(b.rest) == 0 {
		return 0, b.err
	}
	n := copy(p, b.rest)
	b.rest = b.rest[n:]
	return n, nil
}

// next waits for the next block.
func (b *blockReader) next() {
	if b.whole != nil {
		select {
		case b.free <- b.whole:
		default:
		}
		b.whole = nil
	}
	output, more := <-b.queue
	if !more {
		// The dispatcher also closes the queue if it was stopped early.
		if b.err = context.Cause(b.ctx); b.err == nil {
			b.err = io.EOF
		}
		return
	}
	done := <-output
	b.whole, b.rest, b.err = done.data, done.data, done.err
}

// Close stops the decoders and waits until none of them uses the file.
func (b *blockReader) Close() error {
	b.stop()
	b.running.Wait()
	return nil
}

// sourceAt gives random access to the bytes of a source, and records read errors in it.
type sourceAt struct {
	src  *source
	file io.ReaderAt
}

func (s sourceAt) ReadAt(p []byte, at int64) (int, error) {
	if s.src.ctx.Err() != nil {
		return 0, s.src.fail(context.Cause(s.src.ctx))
	}
	n, err := s.file.ReadAt(p, at)
	if err != nil && err != io.EOF {
		err = s.src.fail(err)
	}
	return n, err
}
