package sqlite_test

import (
	"sync/atomic"
	"testing"

	sqlite3 "modernc.org/sqlite/lib"
)

// syncsDone counts the syncs of logs since watchSyncs.
var syncsDone atomic.Int64

// watchSyncs sets what is done before each sync of a log, until the test ends, and
// starts counting anew. When the result of before is not SQLITE_OK, it stands for the
// sync, which is then not done. before may be nil.
func watchSyncs(t testing.TB, before func() int32) {
	syncsDone.Store(0)
	onDisk(t, "", func(op *operation) int32 {
		if op.kind != syncs || !op.isLog() {
			return op.do()
		}
		if before != nil {
			if rc := before(); rc != sqlite3.SQLITE_OK {
				return rc
			}
		}
		rc := op.do()
		syncsDone.Add(1)
		return rc
	})
}

func syncCount() int { return int(syncsDone.Load()) }
