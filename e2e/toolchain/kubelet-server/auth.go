package main

import (
	"context"
	"crypto/x509"
	"net/http"
	"strings"

	"k8s.io/apiserver/pkg/authentication/authenticator"
	"k8s.io/apiserver/pkg/authentication/user"
	"k8s.io/apiserver/pkg/authorization/authorizer"
	"k8s.io/apiserver/pkg/server/dynamiccertificates"
	"k8s.io/kubernetes/pkg/kubelet/server"
)

// auth lets a bearer token be the name of a user, and knows the roles of the users that records are made with.
type auth struct {
	server.NodeRequestAttributesGetter
}

func newAuth() server.AuthInterface {
	return auth{server.NewNodeAuthorizerAttributesGetter("vk")}
}

func (auth) AuthenticateRequest(request *http.Request) (*authenticator.Response, bool, error) {
	name, found := strings.CutPrefix(request.Header.Get("Authorization"), "Bearer ")
	if !found {
		return nil, false, nil
	}
	return &authenticator.Response{User: &user.DefaultInfo{Name: name}}, true, nil
}

func (auth) Authorize(_ context.Context, asked authorizer.Attributes) (authorizer.Decision, string, error) {
	get := asked.GetVerb() == "get"
	of := asked.GetSubresource()
	allowed := false
	switch asked.GetUser().GetName() {
	case "full":
		allowed = true
	case "reader":
		allowed = get && of == "proxy"
	case "scraper":
		allowed = get && (of == "metrics" || of == "stats")
	}
	if allowed {
		return authorizer.DecisionAllow, "", nil
	}
	return authorizer.DecisionNoOpinion, "", nil
}

func (auth) AddListener(dynamiccertificates.Listener)  {}
func (auth) Name() string                              { return "recorded" }
func (auth) CurrentCABundleContent() []byte            { return nil }
func (auth) VerifyOptions() (x509.VerifyOptions, bool) { return x509.VerifyOptions{}, false }
