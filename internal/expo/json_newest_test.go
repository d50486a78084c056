package expo

import "testing"

// The newest of the samples that are kept says when a body was measured, if all of them
// say when they were.
func TestJSONTellsTheNewestTimestamp(t *testing.T) {
	for body, want := range map[string]int64{
		`[{"name":"a","value":1}]`: 0,
		`[{"name":"a","value":1,"timestamp":1700000000000},{"name":"b","value":1,"timestamp":1700000009000},{"name":"c","value":1,"timestamp":1700000001000}]`: 1700000009000,
		`[{"name":"a","value":1,"timestamp":1700000000000},{"name":"a","value":2,"timestamp":1700000005000}]`:                                                  1700000005000,
		`[{"name":"a","value":1,"timestamp":1700000000000},{"name":"b","value":1}]`:                                                                            0,
		`[{"name":"s_sum","type":"summary","value":1,"timestamp":1700000000000},{"name":"s_count","type":"summary","value":1,"timestamp":1700000000000}]`:      1700000000000,
	} {
		got, err := new(Parser).JSON([]byte(body), JSONOptions{Job: "j", Latest: 1800000000000})
		if err != nil || got.Newest != want {
			t.Errorf("%s: got %d, %v, want %d", body, got.Newest, err, want)
		}
	}
}
