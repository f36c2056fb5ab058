// exposition reads what an endpoint of metrics answered, as Prometheus does when it scrapes.
//
// The text comes by standard input, its content type is the argument. It prints what Prometheus would store, as JSON, or fails
// as the scrape would.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/textparse"
)

type sample struct {
	Labels map[string]string `json:"labels"`
	Value  float64           `json:"value"`
	// Milliseconds since 1970; absent where the time of the scrape counts.
	Time *int64 `json:"time,omitempty"`
}

type scrape struct {
	Types   map[string]string `json:"types"`
	Samples []sample          `json:"samples"`
}

func main() {
	if err := run(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(contentType string) error {
	text, err := io.ReadAll(os.Stdin)
	if err != nil {
		return err
	}
	found, err := parse(text, contentType)
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(found)
}

func parse(text []byte, contentType string) (scrape, error) {
	found := scrape{Types: map[string]string{}, Samples: []sample{}}
	parser, err := textparse.New(text, contentType, labels.NewSymbolTable(), textparse.ParserOptions{})
	if err != nil {
		return found, err
	}
	for {
		entry, err := parser.Next()
		if errors.Is(err, io.EOF) {
			return found, nil
		}
		if err != nil {
			return found, err
		}
		switch entry {
		case textparse.EntryType:
			name, kind := parser.Type()
			found.Types[string(name)] = string(kind)
		case textparse.EntrySeries:
			var of labels.Labels
			_, time, value := parser.Series()
			parser.Labels(&of)
			if name, twice := of.HasDuplicateLabelNames(); twice {
				return found, fmt.Errorf("label %s comes twice in %s", name, of)
			}
			found.Samples = append(found.Samples, sample{Labels: of.Map(), Value: value, Time: copied(time)})
		}
	}
}

func copied(time *int64) *int64 {
	if time == nil {
		return nil
	}
	at := *time
	return &at
}
