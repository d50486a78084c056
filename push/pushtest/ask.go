package pushtest

import (
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/common/model"
)

const (
	aggregateHeader = "Headgate-Aggregate"
	duplicateHeader = "Headgate-Duplicate"
	producerHeader  = "Headgate-Producer"
	sequenceHeader  = "Headgate-Sequence"
)

// readGroup makes an entry of a push or a delete of the group at path.
func (g *Gateway) readGroup(p *Push, path string) (entry, error) {
	key, err := parseKey(path)
	if err != nil {
		return entry{}, err
	}
	p.Grouping = key
	e, err := g.readOptions(p)
	if err != nil {
		return entry{}, err
	}
	c := change{key: key}
	switch {
	case p.Method == http.MethodDelete:
		c.how = remove
	case e.delta && p.Method != http.MethodPost:
		return entry{}, fmt.Errorf("%s with %s: delta: want POST", p.Method, aggregateHeader)
	case e.delta:
		c.how = add
	case p.Method == http.MethodPost:
		c.how = merge
	}
	if c.how != remove {
		if p.Families, err = decode(formatOf(p.Header), string(p.Body)); err != nil {
			return entry{}, err
		}
		c.families = p.Families
	}
	e.changes = []change{c}
	return e, nil
}

// readOptions reads what the headers and parameters ask for. A gateway that
// doesn't aggregate notes it, but neither heeds nor checks it.
func (g *Gateway) readOptions(p *Push) (entry, error) {
	err := p.readOptions()
	if g.config.plain {
		return entry{}, nil
	}
	return entry{delta: p.Delta, producer: p.Producer, sequence: p.Sequence}, err
}

func (p *Push) readOptions() error {
	switch how := p.option("aggregate", aggregateHeader); how {
	case "":
	case "delta":
		p.Delta = true
	default:
		return fmt.Errorf("%s %q: want \"delta\"", aggregateHeader, how)
	}
	if err := p.readSequence(); err != nil {
		return err
	}
	switch keep := p.option("keep", "Headgate-Keep"); keep {
	case "":
	case "until-scraped":
		p.Lifetime.KeepUntilScraped = true
	default:
		return fmt.Errorf("Headgate-Keep %q: want \"until-scraped\"", keep)
	}
	var err error
	if p.Lifetime.TTL, err = p.duration("ttl", "Headgate-TTL"); err != nil {
		return err
	}
	p.Lifetime.Expect, err = p.duration("expect", "Headgate-Expect")
	return err
}

func (p *Push) readSequence() error {
	sequence := p.Header.Get(sequenceHeader)
	p.Producer = p.Header.Get(producerHeader)
	if (p.Producer == "") != (sequence == "") {
		return fmt.Errorf("%s %q and %s %q: want both or neither", producerHeader, p.Producer, sequenceHeader, sequence)
	}
	if sequence == "" {
		return nil
	}
	n, err := strconv.ParseUint(sequence, 10, 64)
	if err != nil || n == 0 {
		return fmt.Errorf("%s %q: want a whole number from 1", sequenceHeader, sequence)
	}
	p.Sequence = n
	return nil
}

func (p *Push) duration(parameter, header string) (time.Duration, error) {
	s := p.option(parameter, header)
	if s == "" {
		return 0, nil
	}
	d, err := model.ParseDuration(s)
	if err != nil || d <= 0 {
		return 0, fmt.Errorf("%s %q: want a duration above 0, such as 36h or 1d12h", header, s)
	}
	return time.Duration(d), nil
}

// option is a push option, which the query may hold instead of the header.
func (p *Push) option(parameter, header string) string {
	if p.Query.Has(parameter) {
		return p.Query.Get(parameter)
	}
	return p.Header.Get(header)
}
