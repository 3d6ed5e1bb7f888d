package awsjson_test

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	jsonv2 "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"

	"poolhouse.dev/internal/awsjson"
	"poolhouse.dev/internal/wire"
)

// Every answer that the model knows is written as the JSON library writes it.
func TestEveryOutputIsWrittenAsByTheLibrary(t *testing.T) {
	handlers := reflect.TypeFor[wire.Handlers]()
	for i := range handlers.NumField() {
		field := handlers.Field(i)
		if field.Type.NumOut() < 2 {
			continue // an empty answer
		}
		t.Run(field.Name, func(t *testing.T) {
			random := rand.New(rand.NewPCG(1, uint64(i)))
			for range 100 {
				out := reflect.New(field.Type.Out(0).Elem())
				fillAnyhow(out.Elem(), random)
				want, err := jsonv2.Marshal(out.Interface(), jsonv2.Deterministic(true), jsontext.AllowInvalidUTF8(true))
				if err != nil {
					t.Fatal(err)
				}
				got, err := awsjson.Encode(nil, out.Interface())
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(string(want), string(got)); diff != "" {
					t.Fatalf("(-want +got):\n%s", diff)
				}
			}
		})
	}
}

func TestOutputIsAppended(t *testing.T) {
	got, err := awsjson.Encode([]byte("before "), &wire.GetUserResponse{Username: wire.Ptr("a"), UserAttributes: []wire.AttributeType{}})
	if want := `before {"Username":"a","UserAttributes":[]}`; err != nil || string(got) != want {
		t.Errorf("%s, %v; want %s", got, err, want)
	}
}

func TestOutputWithABrokenDocument(t *testing.T) {
	out := &wire.StartWebAuthnRegistrationResponse{CredentialCreationOptions: json.RawMessage(`{"a"`)}
	if got, err := awsjson.Encode(nil, out); err == nil {
		t.Errorf("written: %s", got)
	}
}

// fillAnyhow gives v a value that its type can have: often none, and of each kind also
// those that are hard to write.
func fillAnyhow(v reflect.Value, random *rand.Rand) {
	texts := []string{"", "name", "a\"b\\c/\b\f\n\r\t\x00\x1f\x7f", "<&>'\u2028\u2029", "äöü 漢字 😀", "\xff cut \xe2\x82", "\ufffd"}
	switch v.Interface().(type) {
	case time.Time:
		times := []time.Time{{}, time.UnixMilli(0), time.UnixMilli(1_700_000_000_120), time.UnixMilli(-1), time.UnixMilli(1_700_000_000_000)}
		v.Set(reflect.ValueOf(times[random.IntN(len(times))]))
		return
	case json.RawMessage:
		documents := []json.RawMessage{nil, json.RawMessage(`{}`), json.RawMessage("{ \"b\" : [1, 2.50, null],\n\"a\":\"\\u00e4\" }")}
		v.Set(reflect.ValueOf(documents[random.IntN(len(documents))]))
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			fillAnyhow(v.Field(i), random)
		}
	case reflect.Pointer:
		if random.IntN(3) > 0 {
			v.Set(reflect.New(v.Type().Elem()))
			fillAnyhow(v.Elem(), random)
		}
	case reflect.Slice:
		if n := random.IntN(5) - 1; n >= 0 {
			v.Set(reflect.MakeSlice(v.Type(), n, n))
			for i := range n {
				fillAnyhow(v.Index(i), random)
			}
		}
	case reflect.Map:
		if n := random.IntN(5) - 1; n >= 0 {
			v.Set(reflect.MakeMap(v.Type()))
			for range n {
				key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
				fillAnyhow(key, random)
				fillAnyhow(value, random)
				v.SetMapIndex(key, value)
			}
		}
	case reflect.String:
		v.SetString(texts[random.IntN(len(texts))])
	case reflect.Bool:
		v.SetBool(random.IntN(2) == 0)
	case reflect.Int32:
		v.SetInt([]int64{0, 1, -7, math.MaxInt32, math.MinInt32}[random.IntN(5)])
	case reflect.Int64:
		v.SetInt([]int64{0, 1, -7, math.MaxInt64, math.MinInt64}[random.IntN(5)])
	case reflect.Uint8:
		v.SetUint(random.Uint64N(256))
	default:
		panic("no values for " + v.Type().String())
	}
}
