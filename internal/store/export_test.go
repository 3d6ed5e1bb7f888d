package store

// LaneLength is how many requests may be in one lane.
const LaneLength = laneLength

// Open returns how many keys have a lane now.
func (l *Lanes) Open() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.lanes)
}
