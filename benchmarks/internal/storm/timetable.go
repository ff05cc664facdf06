package storm

// timetable stores when the next events of the clients are due. It is a ring of slots of
// one millisecond. The ring spans about 131 seconds.
type timetable struct {
	slots [1 << 17][]int32 // a slot contains the clients whose next event is due in its millisecond
	spare [][]int32        // empty slices whose memory a slot can use again
}

// add adds the next event of client c. The event is due at the time now+after, in
// milliseconds. The parameter after is limited to the range from 1 to 131,071.
func (t *timetable) add(c int32, now, after int) {
	slot := &t.slots[(now+min(max(after, 1), len(t.slots)-1))%len(t.slots)]
	if last := len(t.spare) - 1; *slot == nil && last >= 0 {
		*slot, t.spare = t.spare[last], t.spare[:last]
	}
	*slot = append(*slot, c)
}

// timetable.each calls the function step for every client whose next event is due at the
// time in the parameter now.
func (t *timetable) each(now int, step func(c int32)) {
	slot := &t.slots[now%len(t.slots)]
	for _, c := range *slot {
		step(c)
	}
	if *slot != nil {
		t.spare, *slot = append(t.spare, (*slot)[:0]), nil
	}
}
