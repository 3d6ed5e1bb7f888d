package awsjson

import (
	"bytes"
	"sync"
)

// maxKept bounds the buffers that wait for the next request.
const maxKept = 64 << 10

// buffers is the memory of one request.
type buffers struct {
	body, out bytes.Buffer
	decoder   decoder
}

var bufferPool = sync.Pool{New: func() any { return new(buffers) }}

func borrowBuffers() *buffers { return bufferPool.Get().(*buffers) }

// release gives the memory back. Bodies hold passwords and tokens, so they are
// wiped first.
func (b *buffers) release() {
	wipe(&b.body)
	wipe(&b.out)
	b.decoder.reset()
	if b.body.Cap() <= maxKept && b.out.Cap() <= maxKept {
		bufferPool.Put(b)
	}
}

func wipe(b *bytes.Buffer) {
	clear(b.Bytes())
	b.Reset()
}
