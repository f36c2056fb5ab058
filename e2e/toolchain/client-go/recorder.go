package main

import (
	"net/http"
	"net/url"
	"strings"
	"sync"

	"k8s.io/client-go/rest"
)

// recorder remembers what was asked for.
type recorder struct {
	mutex sync.Mutex
	asked []*http.Request
	types []string
}

// recorded gives a configuration whose requests are remembered.
func recorded(config *rest.Config) (*recorder, *rest.Config) {
	made := &recorder{}
	changed := rest.CopyConfig(config)
	changed.Wrap(func(next http.RoundTripper) http.RoundTripper {
		return roundTripper(func(request *http.Request) (*http.Response, error) {
			answer, err := next.RoundTrip(request)
			made.mutex.Lock()
			defer made.mutex.Unlock()
			made.asked = append(made.asked, request)
			if err == nil {
				made.types = append(made.types, answer.Header.Get("Content-Type"))
			}
			return answer, err
		})
	})
	return made, changed
}

type roundTripper func(*http.Request) (*http.Response, error)

// RoundTrip makes a function a transport.
func (f roundTripper) RoundTrip(request *http.Request) (*http.Response, error) { return f(request) }

// queries gives those of the GET requests whose path ends so, from the request with this number on.
func (r *recorder) queries(pathEnd string, from int) []url.Values {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	found := []url.Values{}
	for _, request := range r.asked[from:] {
		if request.Method == http.MethodGet && strings.HasSuffix(request.URL.Path, pathEnd) {
			found = append(found, request.URL.Query())
		}
	}
	return found
}

// count is the number of requests so far.
func (r *recorder) count() int {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	return len(r.asked)
}
