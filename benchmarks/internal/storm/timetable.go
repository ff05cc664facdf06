package storm

// timetable stores the times of the clients' next events. A slot is a millisecond.
// After the last slot, the timetable continues with the first slot.
type timetable struct {
	slots [1 << 17][]int32 // clients whose event is due
	spare [][]int32        // memory that slots no longer use
}

// add adds a client's event. The event is due the given number of milliseconds after
// now. The number must be at least one and at most the number of slots.
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
