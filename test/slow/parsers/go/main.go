// Reads YAML the way kubectl does. Each line of the input is a document as a JSON string; each line of the output is {"value": ...} or
// {"error": "..."}.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"

	"sigs.k8s.io/yaml"
)

type answer struct {
	Value json.RawMessage `json:"value,omitempty"`
	Error string          `json:"error,omitempty"`
}

func parse(document string) answer {
	value, err := yaml.YAMLToJSON([]byte(document))
	if err != nil {
		return answer{Error: err.Error()}
	}
	return answer{Value: value}
}

func run(in *bufio.Reader, out *bufio.Writer) error {
	encoder := json.NewEncoder(out)
	for {
		line, err := in.ReadBytes('\n')
		if err == io.EOF && len(line) == 0 {
			return out.Flush()
		}
		if err != nil && err != io.EOF {
			return err
		}
		var document string
		if err := json.Unmarshal(line, &document); err != nil {
			return err
		}
		if err := encoder.Encode(parse(document)); err != nil {
			return err
		}
	}
}

func main() {
	if err := run(bufio.NewReader(os.Stdin), bufio.NewWriter(os.Stdout)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
