package conformance

import (
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// headers picks what the service defines; the rest is HTTP's own.
func headers(h http.Header) map[string]string {
	got := map[string]string{}
	for name, values := range h {
		if name != "Date" && name != "X-Amzn-Requestid" {
			got[name] = strings.Join(values, "|")
		}
	}
	return got
}

// Every answer: exact headers, and a request id that is a UUID of version 4.
func TestHeadersOfAnswers(t *testing.T) {
	onEachEngine(t, func(t *testing.T, e *env) {
		list := `{"MaxResults":1}`
		fault := `{"__type":"ResourceNotFoundException","message":"User pool client unknown does not exist."}`
		const browser = "x-amzn-RequestId,x-amzn-ErrorType,x-amzn-ErrorMessage,Date"
		faulty := map[string]string{
			"Content-Type": "application/x-amz-json-1.1", "Content-Length": strconv.Itoa(len(fault)),
			"X-Amzn-Errortype": "ResourceNotFoundException:", "X-Amzn-Errormessage": "User pool client unknown does not exist.",
		}
		inBrowser := map[string]string{"Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": browser}
		ids := map[string]bool{}
		for _, origin := range []string{"", "https://app.example"} {
			status, header, body := e.raw(t, "InitiateAuth", `{"AuthFlow":"USER_PASSWORD_AUTH","ClientId":"unknown"}`, "Origin", origin)
			if status != http.StatusBadRequest || string(body) != fault {
				t.Errorf("%d %s", status, body)
			}
			want := faulty
			if origin != "" {
				want = merged(faulty, inBrowser)
			}
			if diff := cmp.Diff(want, headers(header)); diff != "" {
				t.Errorf("of a refusal, origin %q (-want +got):\n%s", origin, diff)
			}
			id := header.Get("X-Amzn-Requestid")
			if !regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`).MatchString(id) || ids[id] || header.Get("Date") == "" {
				t.Errorf("request id %q, date %q", id, header.Get("Date"))
			}
			ids[id] = true
			status, header, body = e.raw(t, "ListUserPools", list, append(e.signed(t, "ListUserPools", list), "Origin", origin)...)
			want = map[string]string{"Content-Type": "application/x-amz-json-1.1", "Content-Length": strconv.Itoa(len(body))}
			if origin != "" {
				want = merged(want, inBrowser)
			}
			if diff := cmp.Diff(want, headers(header)); diff != "" || status != http.StatusOK {
				t.Errorf("of a success, origin %q: %d (-want +got):\n%s", origin, status, diff)
			}
		}
	})
}

func merged(maps ...map[string]string) map[string]string {
	all := map[string]string{}
	for _, m := range maps {
		for name, value := range m {
			all[name] = value
		}
	}
	return all
}

// The message of a refusal is one line in the header and whole in the body.
func TestMessageOfManyLines(t *testing.T) {
	onEachEngine(t, func(t *testing.T, e *env) {
		f := newFixture(t, e, nil)
		_, header, body := e.raw(t, "SignUp", `{"ClientId":"`+f.client+`","Username":"x","Password":"`+password+`","UserAttributes":[{"Name":"custom:é","Value":"1"}]}`)
		if want := `{"__type":"InvalidParameterException","message":"Attributes did not conform to the schema: custom:é: Attribute does not exist in the schema.\n"}`; string(body) != want {
			t.Errorf("got  %s\nwant %s", body, want)
		}
		if got, want := header.Get("X-Amzn-Errormessage"), "Attributes did not conform to the schema: custom:é: Attribute does not exist in the schema."; got != want {
			t.Errorf("got  %q\nwant %q", got, want)
		}
	})
}

// The operations without an output answer with no body at all, those with an
// empty one with {}.
func TestEmptyAnswers(t *testing.T) {
	onEachEngine(t, func(t *testing.T, e *env) {
		f := newFixture(t, e, nil)
		f.user(t, "ann")
		f.user(t, "bob")
		token := *f.signIn(t, "bob").AccessToken
		ids := `{"UserPoolId":"` + f.pool + `","Username":"ann"}`
		for _, c := range []struct{ operation, body, want string }{
			{"AdminDisableUser", ids, "{}"},
			{"AdminDeleteUser", ids, ""},
			{"DeleteUser", `{"AccessToken":"` + token + `"}`, ""},
			{"DeleteUserPoolClient", `{"UserPoolId":"` + f.pool + `","ClientId":"` + f.client + `"}`, ""},
			{"UpdateUserPool", `{"UserPoolId":"` + f.pool + `"}`, "{}"},
			{"DeleteUserPool", `{"UserPoolId":"` + f.pool + `"}`, ""},
		} {
			status, header, body := e.raw(t, c.operation, c.body, e.signed(t, c.operation, c.body)...)
			if status != http.StatusOK || strings.TrimSpace(string(body)) != c.want || header.Get("Content-Length") != strconv.Itoa(len(body)) {
				t.Errorf("%s: %d %q, Content-Length %s", c.operation, status, body, header.Get("Content-Length"))
			}
		}
	})
}

// Times are plain decimals: seconds, with at most three digits of a fraction.
func TestTimestamps(t *testing.T) {
	onEachEngine(t, func(t *testing.T, e *env) {
		f := newFixture(t, e, nil)
		body := `{"UserPoolId":"` + f.pool + `"}`
		_, _, answer := e.raw(t, "DescribeUserPool", body, e.signed(t, "DescribeUserPool", body)...)
		if n := len(regexp.MustCompile(`"(CreationDate|LastModifiedDate)":[0-9]{10}(\.[0-9]{0,2}[1-9])?[,}]`).FindAll(answer, -1)); n != 2 {
			t.Errorf("%d timestamps in %s", n, answer)
		}
	})
}

// A browser asks before it calls.
func TestPreflight(t *testing.T) {
	onEachEngine(t, func(t *testing.T, e *env) {
		for _, asked := range []string{
			"content-type,x-amz-target,x-amz-user-agent,cache-control",
			"authorization,x-amz-date,x-amz-security-token,x-amz-content-sha256,amz-sdk-invocation-id,amz-sdk-request",
		} {
			req, err := http.NewRequestWithContext(t.Context(), http.MethodOptions, e.url+"/", nil)
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Origin", "https://app.example")
			req.Header.Set("Access-Control-Request-Method", "POST")
			req.Header.Set("Access-Control-Request-Headers", asked)
			resp, err := web.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
			want := map[string]string{
				"Access-Control-Allow-Origin": "*", "Access-Control-Allow-Methods": "POST", "Access-Control-Allow-Headers": asked,
				"Access-Control-Max-Age": "172800", "Content-Length": "0",
				"Access-Control-Expose-Headers": "x-amzn-RequestId,x-amzn-ErrorType,x-amzn-ErrorMessage,Date",
			}
			if diff := cmp.Diff(want, headers(resp.Header)); diff != "" || resp.StatusCode != http.StatusOK {
				t.Errorf("%d (-want +got):\n%s", resp.StatusCode, diff)
			}
		}
	})
}
