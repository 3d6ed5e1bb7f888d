package awskms_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"poolhouse.dev/internal/envelope"
	"poolhouse.dev/internal/envelope/awskms"
)

const keyARN = "arn:aws:kms:eu-test-1:123456789012:key/1234-abcd"

// server answers as the API does, and keeps the last request.
func server(t *testing.T, status int, answer any) (url string, got *map[string]any) {
	t.Helper()
	for name, value := range map[string]string{"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_EC2_METADATA_DISABLED": "true", "AWS_MAX_ATTEMPTS": "1"} {
		t.Setenv(name, value)
	}
	got = new(map[string]any)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := json.NewDecoder(r.Body).Decode(got); err != nil {
			t.Error(err)
		}
		if target := r.Header.Get("X-Amz-Target"); target != "TrentService.GenerateDataKey" {
			t.Errorf("the operation is %s", target)
		}
		if scope := r.Header.Get("Authorization"); !strings.Contains(scope, "/eu-test-1/kms/") {
			t.Errorf("signed as %s", scope)
		}
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		w.WriteHeader(status)
		if err := json.NewEncoder(w).Encode(answer); err != nil {
			t.Error(err)
		}
	}))
	t.Cleanup(srv.Close)
	return srv.URL, got
}

func TestNewDataKey(t *testing.T) {
	plain := bytes.Repeat([]byte{1}, envelope.DataKeySize)
	url, got := server(t, http.StatusOK, map[string]any{"Plaintext": plain, "CiphertextBlob": []byte("wrapped"), "KeyId": keyARN})
	data, wrapped, err := awskms.New(url, http.DefaultClient).NewDataKey(t.Context(), keyARN, map[string]string{"userpool-id": "p"})
	if err != nil || !bytes.Equal(data, plain) {
		t.Fatalf("%x, %v", data, err)
	}
	if diff := cmp.Diff(envelope.WrappedKey{Provider: "aws-kms", Info: []byte(keyARN), Ciphertext: []byte("wrapped")}, wrapped); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	want := map[string]any{"KeyId": keyARN, "NumberOfBytes": 32.0, "EncryptionContext": map[string]any{"userpool-id": "p"}}
	if diff := cmp.Diff(want, *got); diff != "" {
		t.Errorf("asked (-want +got):\n%s", diff)
	}
}

// What the API refuses is told by its name, and nothing that it says.
func TestRefusals(t *testing.T) {
	for name, test := range map[string]struct {
		status int
		answer map[string]any
		want   string
	}{
		"denied":        {http.StatusBadRequest, map[string]any{"__type": "AccessDeniedException", "message": "the secret reason"}, "the key management service answered AccessDeniedException"},
		"no such key":   {http.StatusBadRequest, map[string]any{"__type": "NotFoundException"}, "the key management service answered NotFoundException"},
		"an empty key":  {http.StatusOK, map[string]any{"KeyId": keyARN}, "the key management service answered without a data key"},
		"a shorter key": {http.StatusOK, map[string]any{"Plaintext": []byte("x"), "KeyId": keyARN}, "the key management service answered without a data key"},
	} {
		t.Run(name, func(t *testing.T) {
			url, _ := server(t, test.status, test.answer)
			if _, _, err := awskms.New(url, http.DefaultClient).NewDataKey(t.Context(), keyARN, nil); fmt.Sprint(err) != test.want {
				t.Errorf("%v", err)
			}
		})
	}
	url, _ := server(t, http.StatusOK, nil)
	_, _, err := awskms.New(strings.Replace(url, "127.0.0.1", "127.0.0.9", 1), http.DefaultClient).NewDataKey(t.Context(), keyARN, nil)
	if fmt.Sprint(err) != "the key management service could not be reached" {
		t.Errorf("unreached: %v", err)
	}
}
