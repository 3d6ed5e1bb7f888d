package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
)

// modelSHA256 pins the model that the generated files are made from. A newer
// model comes with a new value here and in model/README.md.
const modelSHA256 = "1453c9869d4c5f5a354af36e29f87a47e1f6db355fea911153f719aac8cf792e"

// model is the service model as the file has it.
type model struct {
	Operations map[string]operation `json:"operations"`
	Shapes     map[string]*shape    `json:"shapes"`
}

type operation struct {
	Input  string   `json:"input"`
	Output string   `json:"output"`
	Auth   string   `json:"auth"`
	Errors []string `json:"errors"`
}

type shape struct {
	Type      string   `json:"type"`
	Document  bool     `json:"document"`
	Sensitive bool     `json:"sensitive"`
	Required  []string `json:"required"`
	Members   members  `json:"members"`
	Member    string   `json:"member"`
	Key       string   `json:"key"`
	Value     string   `json:"value"`
	Min       *int64   `json:"min"`
	Max       *int64   `json:"max"`
	Pattern   string   `json:"pattern"`
	Enum      []string `json:"enum"`
}

// members keeps the model's order, in which the service prints a structure.
type members []member

type member struct{ Name, Shape string }

// UnmarshalJSON reads an object of names and shapes in the order of the text.
func (m *members) UnmarshalJSON(text []byte) error {
	dec := json.NewDecoder(bytes.NewReader(text))
	if _, err := dec.Token(); err != nil {
		return err
	}
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			return err
		}
		var target string
		if err := dec.Decode(&target); err != nil {
			return err
		}
		*m = append(*m, member{Name: name.(string), Shape: target})
	}
	return nil
}

// loadModel reads the model at path and refuses any other than the pinned one.
func loadModel(path string) (*model, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	if sum := fmt.Sprintf("%x", sha256.Sum256(text)); sum != modelSHA256 {
		return nil, fmt.Errorf("%s has sha256 %s, want %s", path, sum, modelSHA256)
	}
	var m model
	if err := json.Unmarshal(text, &m); err != nil {
		return nil, fmt.Errorf("reading %s: %w", path, err)
	}
	return &m, nil
}

// reachable returns the names of all shapes that the given shapes hold,
// themselves included.
func (m *model) reachable(roots ...string) (map[string]bool, error) {
	seen := map[string]bool{}
	var walk func(name string) error
	walk = func(name string) error {
		if name == "" || seen[name] {
			return nil
		}
		s, ok := m.Shapes[name]
		if !ok {
			return fmt.Errorf("shape %s is not in the model", name)
		}
		seen[name] = true
		targets := []string{s.Member, s.Key, s.Value}
		for _, mem := range s.Members {
			targets = append(targets, mem.Shape)
		}
		for _, target := range targets {
			if err := walk(target); err != nil {
				return err
			}
		}
		return nil
	}
	for _, root := range roots {
		if err := walk(root); err != nil {
			return nil, err
		}
	}
	return seen, nil
}
