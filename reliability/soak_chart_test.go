package reliability

import (
	"fmt"
	"slices"
	"strings"
)

// A chart has a panel for each measure, three in a row.
const (
	panelWidth, panelHeight = 300, 150
	panelsInARow            = 3
	plotLeft, plotTop       = 14, 34
	plotWidth, plotHeight   = panelWidth - 2*plotLeft, panelHeight - plotTop - 30
)

// chart draws the run as SVG: each measure from zero to its most, over time, with
// the quarters that are compared in grey.
func (r *record) chart() string {
	rows := (len(measures) + panelsInARow - 1) / panelsInARow
	var out strings.Builder
	fmt.Fprintf(&out, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" font-size="11" fill="#333">`+"\n",
		panelWidth*panelsInARow, panelHeight*rows)
	out.WriteString(`<rect width="100%" height="100%" fill="#fff"/>` + "\n")
	for i, m := range measures {
		fmt.Fprintf(&out, `<g transform="translate(%d %d)">`+"\n", i%panelsInARow*panelWidth, i/panelsInARow*panelHeight)
		r.panel(&out, m, r.values(i))
		out.WriteString("</g>\n")
	}
	out.WriteString("</svg>\n")
	return out.String()
}

func (r *record) panel(out *strings.Builder, m measure, values []float64) {
	most := max(slices.Max(values), 1)
	x := func(i int) float64 { return plotLeft + plotWidth*float64(i)/float64(max(len(values)-1, 1)) }
	y := func(v float64) float64 { return plotTop + plotHeight*(1-v/most) }
	fmt.Fprintf(out, `<text x="%d" y="16" font-weight="bold">%s</text><text x="%d" y="16" text-anchor="end">most %s</text>`+"\n",
		plotLeft, m.name, plotLeft+plotWidth, m.text(slices.Max(values)))
	for _, which := range []int{1, 3} {
		fmt.Fprintf(out, `<rect x="%.1f" y="%d" width="%.1f" height="%d" fill="#f0f0f0"/>`+"\n", plotLeft+plotWidth*float64(which)/4, plotTop, float64(plotWidth)/4, plotHeight)
	}
	var points []string
	for i, v := range values {
		points = append(points, fmt.Sprintf("%.1f,%.1f", x(i), y(v)))
	}
	fmt.Fprintf(out, `<polyline points="%s" fill="none" stroke="#0a58ca" stroke-width="1.5"/>`+"\n", strings.Join(points, " "))
	fmt.Fprintf(out, `<path d="M%d %dh%d" stroke="#999"/>`, plotLeft, plotTop+plotHeight, plotWidth)
	last := r.samples[len(r.samples)-1]
	fmt.Fprintf(out, `<text x="%d" y="%d">0</text><text x="%d" y="%d" text-anchor="end">%.0f min, %d calls</text>`+"\n",
		plotLeft, panelHeight-14, plotLeft+plotWidth, panelHeight-14, last.at.Minutes(), last.calls)
}
