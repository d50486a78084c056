package spool

// item is what memory holds of an entry: its payload is in the log file at off, or,
// as long as no file has it, in payload.
type item struct {
	id       uint64
	sequence uint64 // 0 for state
	turn     uint64 // Entry.ID
	time     int64  // unix nanoseconds
	samples  int
	key      string
	size     int64 // of the payload
	crc      uint32
	off      int64

	payload  []byte
	inMemory bool

	unsure     bool
	gone       bool // out of the queue; still in the slice for a while
	superseded bool // to go when it is no longer under way
	misread    int  // how often in a row it could not be read
}

func (it *item) ordered() bool { return it.sequence > 0 }

// cost is what the item takes in a log file.
func (it *item) cost() int64 { return recordHeader + putFields + int64(len(it.key)) + it.size }

// queue is the entries of one session in the order in which they are to be sent. Those
// that only memory holds are always the last: nothing is written before they are.
type queue struct {
	items  []*item
	states map[string][]*item

	count    int
	bytes    int64 // of payloads
	samples  int
	cost     int64 // what they take in a log file
	onDisk   int64 // what they do take there
	inMemory int   // how many only memory holds
	memory   int64 // bytes of the payloads of those
}

func (q *queue) push(it *item) {
	q.items = append(q.items, it)
	q.account(it, 1)
	if !it.ordered() {
		q.addState(it)
	}
}

func (q *queue) addState(it *item) {
	if q.states == nil {
		q.states = map[string][]*item{}
	}
	q.states[it.key] = append(q.states[it.key], it)
}

func (q *queue) account(it *item, sign int) {
	q.count += sign
	q.bytes += int64(sign) * it.size
	q.samples += sign * it.samples
	q.cost += int64(sign) * it.cost()
	if it.inMemory {
		q.inMemory += sign
		q.memory += int64(sign) * it.size
	} else {
		q.onDisk += int64(sign) * it.cost()
	}
}

// stored notes that the file has the item.
func (q *queue) stored(it *item, off int64) {
	q.account(it, -1)
	it.inMemory, it.payload, it.off = false, nil, off
	q.account(it, 1)
}

func (q *queue) remove(it *item) {
	if it.gone {
		return
	}
	q.account(it, -1)
	it.gone, it.payload = true, nil
	if !it.ordered() {
		q.removeState(it)
	}
	for len(q.items) > 0 && q.items[0].gone {
		q.items[0] = nil
		q.items = q.items[1:]
	}
	if len(q.items) > 64 && len(q.items) > 2*q.count {
		q.items = q.live()
	}
}

func (q *queue) removeState(it *item) {
	var rest []*item
	for _, other := range q.states[it.key] {
		if other != it {
			rest = append(rest, other)
		}
	}
	if len(rest) == 0 {
		delete(q.states, it.key)
		return
	}
	q.states[it.key] = rest
}

// live is the items in order.
func (q *queue) live() []*item {
	live := make([]*item, 0, q.count)
	for _, it := range q.items {
		if !it.gone {
			live = append(live, it)
		}
	}
	return live
}

// unwritten is the items that only memory holds, in order.
func (q *queue) unwritten() []*item {
	items := make([]*item, q.inMemory)
	for i, n := len(q.items)-1, q.inMemory; n > 0; i-- {
		if it := q.items[i]; !it.gone {
			n--
			items[n] = it
		}
	}
	return items
}

// head is the first item; remove leaves none in front that is gone.
func (q *queue) head() *item {
	if len(q.items) == 0 {
		return nil
	}
	return q.items[0]
}

// split puts parts in the place of it and shifts the numbers of what is behind.
func (q *queue) split(it *item, parts []*item) {
	var items []*item
	shift := uint64(0)
	for _, other := range q.live() {
		if other == it {
			items = append(items, parts...)
			if it.ordered() {
				shift = uint64(len(parts) - 1)
			}
			continue
		}
		if other.ordered() {
			other.sequence += shift
		}
		items = append(items, other)
	}
	q.remove(it)
	q.items = items
	for _, part := range parts {
		q.account(part, 1)
		if !part.ordered() {
			q.addState(part)
		}
	}
}

// partsOf returns the items of the parts of it, the first with id first.
func partsOf(it *item, first uint64, parts []Part) []*item {
	items := make([]*item, len(parts))
	for i, p := range parts {
		part := &item{
			id: first + uint64(i), turn: it.turn, time: it.time, key: it.key, samples: p.Samples,
			size: int64(len(p.Payload)), crc: checksum(p.Payload),
		}
		if it.ordered() {
			part.sequence = it.sequence + uint64(i)
		}
		items[i] = part
	}
	return items
}
