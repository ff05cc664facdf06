package storm

// timetable stores when the scheduled events of the clients are due. It is a ring of slots,
// one slot for each millisecond.
type timetable struct {
	slots [1 << 17][]int32 // a slot contains the clients whose next event is due in the slot's millisecond
	spare [][]int32        // empty slices whose memory a slot can use again
}

// add schedules the next event of client c for the time now+after, in milliseconds. If
// after is less than 1, add uses 1. If it is more than 131,071, add uses 131,071.
func (t *timetable) add(c int32, now, after int) {
	slot := &t.slots[(now+min(max(after, 1), len(t.slots)-1))%len(t.slots)]
	if last := len(t.spare) - 1; *slot == nil && last >= 0 {
		*slot, t.spare = t.spare[last], t.spare[:last]
	}
	*slot = append(*slot, c)
}

func (t *timetable) each(now int, step func(c int32)) {
	slot := &t.slots[now%len(t.slots)]
	for _, c := range *slot {
		step(c)
	}
	if *slot != nil {
		t.spare, *slot = append(t.spare, (*slot)[:0]), nil
	}
}
