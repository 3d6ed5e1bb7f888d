package main

import (
	"fmt"
	"io"
	"os"
	"slices"
	"text/tabwriter"
)

// line is one row of the table.
type line struct{ what, engine, value, spread, target, detail string }

type table struct{ lines []line }

func (t *table) add(l line) {
	t.lines = append(t.lines, l)
	fmt.Fprintf(os.Stderr, "%-58s %-9s %-12s %s\n", l.what, l.engine, l.value, l.detail)
}

// print writes the table in the form of the documentation.
func (t *table) print(w io.Writer) {
	out := tabwriter.NewWriter(w, 0, 0, 1, ' ', tabwriter.DiscardEmptyColumns)
	fmt.Fprintln(out, "| what\t| engine\t| measured\t| spread\t| target\t| in numbers\t|")
	fmt.Fprintln(out, "|---\t|---\t|---\t|---\t|---\t|---\t|")
	for _, l := range t.lines {
		fmt.Fprintf(out, "| %s\t| %s\t| %s\t| %s\t| %s\t| %s\t|\n", l.what, l.engine, l.value, l.spread, l.target, l.detail)
	}
	_ = out.Flush() // to standard output
}

// quotients are a figure of each round, the one of b divided by that of a.
func quotients(a, b []float64) []float64 {
	list := make([]float64, len(a))
	for i := range a {
		list[i] = b[i] / a[i]
	}
	return list
}

func median(list []float64) float64 {
	sorted := slices.Sorted(slices.Values(list))
	if n := len(sorted); n%2 == 0 {
		return (sorted[n/2-1] + sorted[n/2]) / 2
	}
	return sorted[len(sorted)/2]
}

func spread(list []float64) string {
	return fmt.Sprintf("%.2f-%.2f", slices.Min(list), slices.Max(list))
}
