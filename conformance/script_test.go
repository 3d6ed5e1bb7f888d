package conformance

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
)

// scriptedARN names a function whose answers a test writes, pool by pool.
const scriptedARN = "arn:aws:lambda:us-east-1:000000000000:function:scripted"

// scriptedEvent is what a scripted function looks at.
type scriptedEvent struct {
	Version       string         `json:"version"`
	UserPoolID    string         `json:"userPoolId"`
	UserName      string         `json:"userName"`
	TriggerSource string         `json:"triggerSource"`
	Request       map[string]any `json:"request"`
	Response      map[string]any `json:"response"`
}

// script is the function of one pool.
type script struct {
	mu     sync.Mutex
	answer func(scriptedEvent) string
	fail   string
	events []scriptedEvent
}

// answers sets the response, in JSON, that the function gives from now on; "" leaves
// the event as it came.
func (s *script) answers(response string) {
	s.answersBy(func(scriptedEvent) string { return response })
}

func (s *script) answersBy(answer func(scriptedEvent) string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answer, s.fail = answer, ""
}

// throws has the function fail from now on.
func (s *script) throws(message string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fail = message
}

// heard returns the events since it was last asked.
func (s *script) heard() []scriptedEvent {
	s.mu.Lock()
	defer s.mu.Unlock()
	events := s.events
	s.events = nil
	return events
}

// perform returns the response to an event, or the message of an error.
func (s *script) perform(e scriptedEvent) (response, failure string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.events = append(s.events, e)
	if s.fail != "" || s.answer == nil {
		return "", s.fail
	}
	return s.answer(e), ""
}

// theatre runs the scripted functions of all pools.
type theatre struct {
	server  *httptest.Server
	mu      sync.Mutex
	scripts map[string]*script
}

var theStage = sync.OnceValue(func() *theatre {
	t := &theatre{scripts: map[string]*script{}}
	t.server = httptest.NewServer(t)
	return t
})

func (t *theatre) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	var e scriptedEvent
	var whole map[string]json.RawMessage
	if err != nil || json.Unmarshal(body, &e) != nil || json.Unmarshal(body, &whole) != nil {
		http.Error(w, "no event", http.StatusBadRequest)
		return
	}
	response, failure := t.of(e.UserPoolID).perform(e)
	switch {
	case failure != "":
		w.Header().Set("X-Amz-Function-Error", "Unhandled")
		_, _ = io.WriteString(w, `{"errorType":"Error","errorMessage":`+strconv.Quote(failure)+`}`)
	case response == "":
		_, _ = w.Write(body)
	default:
		// By hand: what a test writes reaches the server as it is, valid or not.
		delete(whole, "response")
		rest, err := json.Marshal(whole)
		if err != nil {
			panic(err)
		}
		_, _ = io.WriteString(w, string(rest[:len(rest)-1])+`,"response":`+response+"}")
	}
}

// of returns the script of a pool.
func (t *theatre) of(pool string) *script {
	t.mu.Lock()
	defer t.mu.Unlock()
	s := t.scripts[pool]
	if s == nil {
		s = &script{}
		t.scripts[pool] = s
	}
	return s
}

// withScript runs a test on each engine, in a pool that change gives the scripted
// function to.
func withScript(t *testing.T, change func(in *cip.CreateUserPoolInput, arn *string), test func(t *testing.T, f *fixture, s *script)) {
	t.Helper()
	skipElsewhere(t)
	onEachEngine(t, func(t *testing.T, e *env) {
		f := newFixture(t, e, func(in *cip.CreateUserPoolInput) { change(in, aws.String(scriptedARN)) })
		test(t, f, theStage().of(f.pool))
	})
}
