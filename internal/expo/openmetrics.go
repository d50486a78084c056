package expo

type omKind uint8

func (p *Parser) OpenMetrics(body []byte) ([]Family, error) { return p.Text(body) }
