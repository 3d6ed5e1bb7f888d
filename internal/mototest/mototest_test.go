package mototest_test

import (
	"net/http"
	"testing"

	"poolhouse.dev/internal/mototest"
)

func TestStart(t *testing.T) {
	var url string
	t.Run("running", func(t *testing.T) {
		url = mototest.Start(t)
		resp, err := http.Get(url + "/moto-api/data.json")
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			t.Errorf("answered %s", resp.Status)
		}
	})
	if t.Failed() || url == "" {
		return
	}
	if resp, err := http.Get(url); err == nil {
		resp.Body.Close()
		t.Error("it outlives its test")
	}
}
