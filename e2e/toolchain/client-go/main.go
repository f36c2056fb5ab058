// Command client-go works on an API server as controllers written with client-go do, and prints what did not go as it
// should: `client-go --kubeconfig FILE --namespace NAME`. The namespace exists and is left with whatever was made in it.
// The verdict on standard output is one JSON document, {"checks": [{"name", "seconds", "error"?}]}.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"time"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

// patience is how long one check may take.
const patience = 45 * time.Second

// check is one thing that controllers rely on.
type check struct {
	name string
	run  func(ctx context.Context, to target) error
}

// target is where checks are made.
type target struct {
	config    *rest.Config
	namespace string
}

// result is what became of a check.
type result struct {
	Name    string  `json:"name"`
	Seconds float64 `json:"seconds"`
	Error   string  `json:"error,omitempty"`
}

var checks = []check{
	{"discovery and the mapping of kinds", checkDiscovery},
	{"shared informers", checkSharedInformers},
	{"a shared informer tells every change", checkChanges},
	{"a dynamic informer", checkDynamicInformer},
	{"an informer of metadata", checkMetadataInformer},
	{"watches go on after dropped connections", checkResumption},
	{"lists in pages", checkPages},
	{"leader election", checkElection},
	{"server-side apply", checkApply},
	{"patches in three types", checkPatches},
	{"conflicts and other refusals", checkRefusals},
	{"protocol buffers, or what there is instead", checkProtobuf},
	{"scale and status", checkSubresources},
	{"events", checkEvents},
}

func main() {
	kubeconfig := flag.String("kubeconfig", "", "file to reach the API server with")
	namespace := flag.String("namespace", "", "namespace to work in")
	flag.Parse()
	config, err := clientcmd.BuildConfigFromFlags("", *kubeconfig)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	config.QPS = -1
	results := []result{}
	for _, each := range checks {
		results = append(results, carryOut(each, target{config: config, namespace: *namespace}))
	}
	if err := json.NewEncoder(os.Stdout).Encode(map[string]any{"checks": results}); err != nil {
		os.Exit(1)
	}
}

func carryOut(each check, to target) (made result) {
	began := time.Now()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	made = result{Name: each.name}
	defer func() {
		if broken := recover(); broken != nil {
			made.Error = fmt.Sprint(broken)
		}
		made.Seconds = time.Since(began).Round(time.Millisecond).Seconds()
	}()
	if err := each.run(ctx, to); err != nil {
		made.Error = err.Error()
	}
	return made
}
