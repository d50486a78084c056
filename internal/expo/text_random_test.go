package expo

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/prometheus/common/model"
)

// Pieces of bodies: mostly what belongs there, so that whole bodies get accepted,
// and some that does not.
var (
	pieceNames  = []string{"a", "b", "h", "s", "h_count", "h_sum", "h_bucket", "s_count", "s_sum", "a_total", "a_created", "a_info", "\"h\"", "c:d", "é", "u.m"}
	pieceTypes  = []string{"counter", "gauge", "histogram", "histogram", "summary", "summary", "untyped", "gaugehistogram", "Gauge_Histogram", "unknown", "info"}
	pieceLabels = []string{"", "{}", "{a=\"1\"}", "{a=\"1\",b=\"2\"}", "{b=\"2\",a=\"1\",}", "{le=\"1\"}", "{le=\"+Inf\",a=\"1\"}",
		"{a=\"1\",le=\"0.5\"}", "{quantile=\"0.5\"}", "{a=\"1\",quantile=\"0.9\"}", "{ a = \"\\\"\\\\\\n\" }", "{\"a\"=\"1\"}", "{\"l.y\"=\"é\"}",
		"{a=\"1\",a=\"2\"}", "{le=\"1\",le=\"2\"}", "{le=\"x\"}", "{__name__=\"x\"}", "{a-b=\"1\"}", "{a=\"1\"", "{a}", "{le=\"NaN\"}", "{a=\"\\d\"}"}
	pieceValues = []string{"1", "2", "0", "2.5", "-1", "NaN", "+Inf", "1e3", "1.5e+06", "18446744073709551616", "0x1", "1_0", "x"}
	pieceTails  = []string{"", "", "", "", " 5", " 1.5", " ", " x", " 5 6", " # {a=\"b\"} 1", " # {} 1 2.5"}
)

func randomBody(rng *rand.Rand) string {
	pick := func(from []string) string {
		if rng.IntN(4) > 0 { // the first pieces are the sound ones
			from = from[:(len(from)+1)/2]
		}
		return from[rng.IntN(len(from))]
	}
	var b strings.Builder
	for range 1 + rng.IntN(8) {
		name := pick(pieceNames)
		switch rng.IntN(8) {
		case 0, 1:
			b.WriteString("# TYPE " + name + " " + pick(pieceTypes) + "\n")
		case 2:
			b.WriteString("# HELP " + name + " some\\n \"help\"\\\\ \n")
		case 3:
			b.WriteString("{\"" + strings.Trim(name, "\"") + "\"," + strings.TrimPrefix(pick(pieceLabels), "{") + " " + pick(pieceValues) + "\n")
		default:
			b.WriteString(name + pick(pieceLabels) + " " + pick(pieceValues) + pick(pieceTails) + "\n")
		}
	}
	return b.String()
}

// TestRandomBodies guards what FuzzText and FuzzOpenMetrics do, with bodies that
// get deeper into summaries, histograms and metadata than mutated bytes do.
func TestRandomBodies(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 0))
	accepted := 0
	for i := range 4000 {
		body, utf8Names := randomBody(rng), rng.IntN(2) == 0
		if compareText(t, []byte(body), utf8Names) {
			accepted++
		}
		if i%8 == 0 {
			compareOpenMetrics(t, []byte(body+"# EOF\n"), utf8Names)
		}
		if t.Failed() {
			t.Fatalf("seed %d, body %q", seed, body)
		}
	}
	if accepted < 400 {
		t.Errorf("seed %d: only %d bodies were accepted, so little was compared", seed, accepted)
	}
}

func schemeOf(utf8Names bool) model.ValidationScheme {
	if utf8Names {
		return model.UTF8Validation
	}
	return model.LegacyValidation
}
