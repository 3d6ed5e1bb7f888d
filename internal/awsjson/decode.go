package awsjson

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"reflect"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"poolhouse.dev/internal/fault"
	"poolhouse.dev/internal/wire"
)

// maxElements bounds each list and map of a request, far above anything that
// the model allows, so that a small body cannot ask for a lot of memory.
const maxElements = 10_000

// The texts of a SerializationException; a body that is no JSON gets none.
var (
	errField    = fault.New("SerializationException", "Unexpected field type")
	errElement  = fault.New("SerializationException", "Unexpected value type in payload")
	errNumber   = fault.New("SerializationException", "class com.amazon.coral.value.json.numbers.TruncatingBigNumber can not be converted to an String")
	errRange    = fault.New("SerializationException", "Number out of range")
	errBase64   = fault.New("SerializationException", "Invalid base64")
	errElements = fault.New("SerializationException", "Too many elements")
)

// decoding is how bodies are read: of two members with one name the last
// counts, and text that is no UTF-8 is refused.
var decoding = jsontext.AllowDuplicateNames(true)

// decoder reads request bodies into structures of package wire. A body is
// read by the rules of the service and not by those of a JSON library:
//
//   - an unknown member is skipped, a null one is absent;
//   - a string stands for a boolean: "false" in any case of letters and "" for
//     false, every other one for true;
//   - null is refused for a boolean that is not boxed in the service;
//   - 1.0 stands for the integer 1;
//   - null elements of a list of structures and null entries of a map are
//     dropped; those of a list of scalars violate a constraint.
//
// The zero decoder is ready for use, by one goroutine at a time.
type decoder struct {
	json jsontext.Decoder
	src  bytes.Buffer
	text []byte // room for unescaping
	path []step // of the member that is being read
	// nulls is the first list that held null where it must not.
	nulls *wire.ConstraintError
}

// step is one member on the way to a value, or an element when index counts.
type step struct {
	name  string
	index int
}

// decode fills in, which is empty, from body. The first result is a violated
// constraint that only the decoder can see; the error is a fault.
func (d *decoder) decode(body []byte, in wire.Input) (nulls error, err error) {
	if emptyBody(body) {
		return nil, nil
	}
	d.src = *bytes.NewBuffer(body)
	d.json.Reset(&d.src, decoding)
	defer d.reset()
	v := reflect.ValueOf(in).Elem()
	if d.json.PeekKind() != '{' {
		return nil, errUnreadable
	}
	if err := d.members(v, planOf(v.Type())); err != nil {
		return nil, decodingFault(err)
	}
	if _, err := d.json.ReadToken(); !errors.Is(err, io.EOF) {
		return nil, errUnreadable // something stands behind the object
	}
	if d.nulls != nil {
		return d.nulls, nil
	}
	return nil, nil
}

// reset forgets the request. A long text is not kept, and none can be read.
func (d *decoder) reset() {
	d.src = bytes.Buffer{}
	clear(d.text)
	if d.text = d.text[:0]; cap(d.text) > maxKept {
		d.text = nil
	}
	d.path = d.path[:0]
	d.nulls = nil
}

// decodingFault returns err when the decoder made it, and the fault of a body
// that is no JSON otherwise.
func decodingFault(err error) error {
	if f := fault.As(err); f != nil {
		return f
	}
	return errUnreadable
}

// members reads an object into the structure v.
func (d *decoder) members(v reflect.Value, p *structurePlan) error {
	if _, err := d.json.ReadToken(); err != nil {
		return err
	}
	for d.json.PeekKind() == '"' {
		name, err := d.string()
		if err != nil {
			return err
		}
		m, known := p.members[string(name)]
		if !known {
			if err := d.json.SkipValue(); err != nil {
				return err
			}
			continue
		}
		d.path = append(d.path, step{name: m.name})
		if err := d.member(v.Field(m.index), m); err != nil {
			return err
		}
		d.path = d.path[:len(d.path)-1]
	}
	_, err := d.json.ReadToken()
	return err
}

// member reads one member of a structure into its field.
func (d *decoder) member(field reflect.Value, m *memberPlan) error {
	if d.json.PeekKind() == 'n' {
		if m.primitive {
			return errField
		}
		field.SetZero()
		return d.json.SkipValue()
	}
	return m.read(d, field, m, errField)
}

// string reads a string. The bytes are good until the next read.
func (d *decoder) string() ([]byte, error) {
	value, err := d.json.ReadValue()
	if err != nil {
		return nil, err
	}
	inner := value[1 : len(value)-1]
	if bytes.IndexByte(inner, '\\') < 0 {
		return inner, nil
	}
	d.text, err = jsontext.AppendUnquote(d.text[:0], value)
	return d.text, err
}

// textOr reads a string that may be something else; wrong is the error for it.
func (d *decoder) textOr(wrong error) ([]byte, error) {
	switch d.json.PeekKind() {
	case '"':
		return d.string()
	case '0':
		if wrong == errField {
			wrong = errNumber
		}
	}
	return nil, d.refuse(wrong)
}

// refuse returns wrong for the next value, or the reader's own error when
// there is no value at all.
func (d *decoder) refuse(wrong error) error {
	if err := d.json.SkipValue(); err != nil {
		return err
	}
	return wrong
}

// boolean reads a boolean or a string that stands for one.
func (d *decoder) boolean(wrong error) (bool, error) {
	switch d.json.PeekKind() {
	case 't', 'f':
		token, err := d.json.ReadToken()
		if err != nil {
			return false, err
		}
		return token.Bool(), nil
	case '"':
		text, err := d.string()
		return len(text) > 0 && !strings.EqualFold(string(text), "false"), err
	}
	return false, d.refuse(wrong)
}

// integer reads a whole number of at most the given bits.
func (d *decoder) integer(bits int, wrong error) (int64, error) {
	if d.json.PeekKind() != '0' {
		return 0, d.refuse(wrong)
	}
	value, err := d.json.ReadValue()
	if err != nil {
		return 0, err
	}
	n, err := strconv.ParseInt(string(value), 10, bits)
	if err == nil {
		return n, nil
	}
	float, err := strconv.ParseFloat(string(value), 64)
	if err != nil {
		return 0, errRange
	}
	const exact = 1 << 53
	if n = int64(float); float < -exact || float > exact || n<<(64-bits)>>(64-bits) != n {
		return 0, errRange
	}
	if float != float64(n) {
		return 0, wrong
	}
	return n, nil
}

// document reads an object as it is.
func (d *decoder) document(wrong error) (json.RawMessage, error) {
	if d.json.PeekKind() != '{' {
		return nil, d.refuse(wrong)
	}
	value, err := d.json.ReadValue()
	return json.RawMessage(bytes.Clone(value)), err
}

// where returns the path of the member that is being read, as messages spell it.
func (d *decoder) where() string {
	var out strings.Builder
	for i, s := range d.path {
		switch {
		case s.index > 0:
			out.WriteString("." + strconv.Itoa(s.index) + ".member")
		case i > 0:
			out.WriteString("." + s.name)
		default:
			out.WriteString(s.name)
		}
	}
	return out.String()
}

// Decode reads a request body into in, which is empty, by the rules of the
// service. The error is a *fault.Error, or a *wire.ConstraintError when a list
// holds null where it must not.
func Decode(body []byte, in wire.Input) error {
	b := borrowBuffers()
	defer b.release()
	nulls, err := b.decoder.decode(body, in)
	if err != nil {
		return err
	}
	return nulls
}
