package postgres

import "sync/atomic"

// metrics counts since Open.
type metrics struct {
	reads, readTrips    atomic.Int64
	commits, writeTrips atomic.Int64
	retries             atomic.Int64
	settled, notSettled atomic.Int64
}

// Stats says how busy a store is. Counts are since Open.
type Stats struct {
	// Connections are open, Busy of them in use, at most MaxConnections.
	Connections, Busy, MaxConnections int
	// Reads were asked in ReadTrips exchanges with the server.
	Reads, ReadTrips int64
	// Commits were asked; those of one statement went in WriteTrips exchanges.
	Commits, WriteTrips int64
	// Retries are transactions run again after a serialization failure, a
	// deadlock or a lost connection.
	Retries int64
	// Settled commits lost their reply and were found out; NotSettled ones were
	// answered with store.ErrUnknown.
	Settled, NotSettled int64
}

// Stats returns the store's figures at the moment.
func (s *Store) Stats() Stats {
	p := s.pool.Stat()
	return Stats{
		Connections:    int(p.TotalConns()),
		Busy:           int(p.AcquiredConns()),
		MaxConnections: int(p.MaxConns()),
		Reads:          s.metrics.reads.Load(),
		ReadTrips:      s.metrics.readTrips.Load(),
		Commits:        s.metrics.commits.Load(),
		WriteTrips:     s.metrics.writeTrips.Load(),
		Retries:        s.metrics.retries.Load(),
		Settled:        s.metrics.settled.Load(),
		NotSettled:     s.metrics.notSettled.Load(),
	}
}
