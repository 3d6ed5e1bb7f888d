package app

import (
	"encoding/json"
	"fmt"
	"io"
	"text/tabwriter"

	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/wire"
)

// operationList is what `poolhouse operations --json` prints.
type operationList struct {
	Operations []operationLine `json:"operations"`
	// Settings are kept and not acted on yet; the calls that need them are refused.
	Settings []settingLine `json:"settingsNotActedOn"`
}

type operationLine struct {
	Name   string `json:"name"`
	Signed bool   `json:"signed"`
	Built  bool   `json:"built"`
}

type settingLine struct {
	Setting string `json:"setting"`
	Refused string `json:"refused"`
}

// WriteOperations lists every operation of the service model with whether it is
// built, and the settings that are kept but not acted on.
func WriteOperations(w io.Writer, asJSON bool) error {
	list := listOperations()
	if asJSON {
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		return e.Encode(list)
	}
	built := 0
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, op := range list.Operations {
		state := "-"
		if op.Built {
			state = "built"
			built++
		}
		fmt.Fprintf(t, "%s\t%s\n", op.Name, state)
	}
	fmt.Fprintf(t, "\n%d of %d operations are built. The others answer UnknownOperationException.\n", built, len(list.Operations))
	fmt.Fprintf(t, "\nSettings that are kept and not acted on yet, and what is refused because of them:\n")
	for _, s := range list.Settings {
		fmt.Fprintf(t, "%s\t%s\n", s.Setting, s.Refused)
	}
	return t.Flush()
}

func listOperations() operationList {
	h := builtHandlers()
	var list operationList
	for i := range wire.Operations {
		op := &wire.Operations[i]
		list.Operations = append(list.Operations, operationLine{Name: op.Name, Signed: op.Auth == wire.AuthSigV4, Built: op.Built(h)})
	}
	for _, s := range pool.UnbuiltSettings {
		list.Settings = append(list.Settings, settingLine{Setting: s.Setting, Refused: s.Refused})
	}
	return list
}
