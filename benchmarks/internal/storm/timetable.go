package storm

// timetable has the times of clients' next events. A slot is a millisecond, and
// the first slot follows the last.
type timetable struct {
	slots [1 << 17][]int32 // clients whose event is due
	spare [][]int32        // room that slots no longer use
}

// add adds a client's event that is due some milliseconds after now, at least
// one and at most as many as there are slots.
func (t *timetable) add(c int32, now, after int) {
	slot := &t.slots[(now+min(max(after, 1), len(t.slots)-1))%len(t.slots)]
	if last := len(t.spare) - 1; *slot == nil && last >= 0 {
		*slot, t.spare = t.spare[last], t.spare[:last]
	}
	*slot = append(*slot, c)
}

// each calls step for each client whose event is due now.
func (t *timetable) each(now int, step func(c int32)) {
	slot := &t.slots[now%len(t.slots)]
	for _, c := range *slot {
		step(c)
	}
	if *slot != nil {
		t.spare, *slot = append(t.spare, (*slot)[:0]), nil
	}
}
