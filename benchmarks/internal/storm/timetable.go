package storm

// timetable stores when the next events of the clients are due. It has one slot for each
// millisecond, and uses the slots again after about 131 seconds.
type timetable struct {
	slots [1 << 17][]int32 // for each millisecond, the clients whose next event is due then
	spare [][]int32        // empty slices whose memory a slot can use again
}

// add adds an event of client c. The parameter after is the number of milliseconds from
// the time in the parameter now until the event is due. add limits this number to the
// range from 1 to 131,071.
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
