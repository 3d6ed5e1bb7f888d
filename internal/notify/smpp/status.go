package smpp

import (
	"fmt"

	"poolhouse.dev/internal/notify"
)

// passing are the errors (5.1.3) that say nothing about the message or the
// account, so that another attempt may end otherwise.
var passing = map[uint32]string{
	0x00000004: "not in the right state",
	0x00000005: "bound already",
	0x00000008: "system error",
	0x00000014: "message queue full",
	0x00000058: "throttled",
	0x00000064: "temporary trouble with the application",
	0x000000fe: "transaction failed",
	0x000000ff: "unknown error",
}

// lasting are words for the errors that people meet.
var lasting = map[uint32]string{
	0x00000001: "invalid message length",
	0x00000003: "invalid command",
	0x0000000a: "invalid source address",
	0x0000000b: "invalid destination address",
	0x0000000d: "bind failed",
	0x0000000e: "invalid password",
	0x0000000f: "invalid system id",
	0x00000045: "submit failed",
	0x00000053: "invalid system type",
	0x00000065: "permanently rejected",
}

// judge turns the status of an answer into the error of what was asked. A failed
// bind is never the message's fault.
func judge(command, status uint32) error {
	if status == 0 {
		return nil
	}
	if words, ok := passing[status]; ok {
		return fmt.Errorf("the message centre answered %#08x, %s", status, words)
	}
	words, ok := lasting[status]
	if !ok {
		words = "an error of its own"
	}
	if command == cmdBindTransmitter {
		return fmt.Errorf("the message centre does not let this server in: %#08x, %s", status, words)
	}
	return &notify.Refused{Reason: fmt.Sprintf("the message centre answered %#08x, %s", status, words)}
}
