package aggregate

import (
	"fmt"
	"math"
	"reflect"

	"github.com/headgate/headgate/internal/expo"
)

// same compares metrics by value, NaN with NaN and nil with empty slices.
func same(a, b *expo.Metric) bool { return show(a) == show(b) }

func show(m *expo.Metric) string {
	if m == nil {
		return "nothing"
	}
	return string(appendValue(nil, reflect.ValueOf(*m)))
}

func appendValue(dst []byte, v reflect.Value) []byte {
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			return append(dst, '-')
		}
		return appendValue(dst, v.Elem())
	case reflect.Struct:
		dst = append(dst, '{')
		for i := range v.NumField() {
			dst = append(append(dst, v.Type().Field(i).Name...), ':')
			dst = append(appendValue(dst, v.Field(i)), ' ')
		}
		return append(dst, '}')
	case reflect.Slice:
		dst = append(dst, '[')
		for i := range v.Len() {
			dst = append(appendValue(dst, v.Index(i)), ' ')
		}
		return append(dst, ']')
	case reflect.Float64:
		f := v.Float()
		if f == 0 {
			f = math.Abs(f) // -0 may be read back as 0
		}
		return expo.AppendFloat(dst, f)
	}
	return appendPlain(dst, v)
}

func appendPlain(dst []byte, v reflect.Value) []byte { return fmt.Append(dst, v.Interface()) }
