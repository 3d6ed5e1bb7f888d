package awsjson

import (
	"bytes"
	"sync"
)

// maxKept bounds the buffers that wait for the next request.
const maxKept = 64 << 10

// buffers is the memory of one request.
type buffers struct {
	body    bytes.Buffer
	out     []byte
	decoder decoder
}

var bufferPool = sync.Pool{New: func() any { return new(buffers) }}

func borrowBuffers() *buffers { return bufferPool.Get().(*buffers) }

// release gives the memory back. Bodies hold passwords and tokens, so they are
// wiped first.
func (b *buffers) release() {
	clear(b.body.Bytes())
	b.body.Reset()
	clear(b.out)
	b.out = b.out[:0]
	b.decoder.reset()
	if b.body.Cap() <= maxKept && cap(b.out) <= maxKept {
		bufferPool.Put(b)
	}
}
