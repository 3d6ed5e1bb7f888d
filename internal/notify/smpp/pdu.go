package smpp

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// Commands (5.1.2.1). The answer to a command has the highest bit set.
const (
	cmdGenericNack     = 0x80000000
	cmdBindTransmitter = 0x00000002
	cmdSubmit          = 0x00000004
	cmdUnbind          = 0x00000006
	cmdEnquireLink     = 0x00000015
	answerBit          = 0x80000000
)

const (
	headSize = 16
	// maxPDU bounds what a message centre may send, in bytes.
	maxPDU = 64 << 10

	version34 = 0x34
	// hasHeader says, in esm_class, that a text begins with a user data header.
	hasHeader = 0x40
)

// pdu is one unit of the protocol (3.2).
type pdu struct {
	command, status, sequence uint32
	body                      []byte
}

func (p pdu) write(w io.Writer) error {
	out := make([]byte, headSize, headSize+len(p.body))
	binary.BigEndian.PutUint32(out[0:], uint32(headSize+len(p.body)))
	binary.BigEndian.PutUint32(out[4:], p.command)
	binary.BigEndian.PutUint32(out[8:], p.status)
	binary.BigEndian.PutUint32(out[12:], p.sequence)
	_, err := w.Write(append(out, p.body...))
	return err
}

// readPDU reads the next unit.
func readPDU(r io.Reader) (p pdu, err error) {
	var head [headSize]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return p, err
	}
	length := binary.BigEndian.Uint32(head[0:])
	if length < headSize || length > maxPDU {
		return p, fmt.Errorf("the message centre sent a unit of %d bytes", length)
	}
	p = pdu{
		command: binary.BigEndian.Uint32(head[4:]), status: binary.BigEndian.Uint32(head[8:]), sequence: binary.BigEndian.Uint32(head[12:]),
		body: make([]byte, length-headSize),
	}
	if _, err := io.ReadFull(r, p.body); err != nil {
		return p, errors.Join(errors.New("the message centre broke off within a unit"), err)
	}
	return p, nil
}

// bindTransmitter is the body of bind_transmitter (4.1.1).
func (c Config) bindTransmitter() []byte {
	var b bytes.Buffer
	for _, s := range []string{c.SystemID, c.Password, c.SystemType} {
		b.WriteString(s)
		b.WriteByte(0)
	}
	b.Write([]byte{version34, tonUnknown, npiUnknown, 0})
	return b.Bytes()
}

// submit is the body of submit_sm (4.4.1) for one short message.
func submit(from, to address, coding byte, message []byte, inParts bool) []byte {
	class := byte(0)
	if inParts {
		class = hasHeader
	}
	var b bytes.Buffer
	b.WriteByte(0) // service_type
	for _, a := range []address{from, to} {
		b.Write([]byte{a.ton, a.npi})
		b.WriteString(a.text)
		b.WriteByte(0)
	}
	b.Write([]byte{
		class,
		0,    // protocol_id
		0,    // priority_flag
		0, 0, // schedule_delivery_time and validity_period: at once, as long as usual
		0, // registered_delivery: no receipt
		0, // replace_if_present_flag
		coding,
		0, // sm_default_msg_id
		byte(len(message)),
	})
	b.Write(message)
	return b.Bytes()
}
