package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/discovery/cached/memory"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/kubernetes/scheme"
	typedcore "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/restmapper"
	"k8s.io/client-go/tools/pager"
	"k8s.io/client-go/tools/record"
)

// checkDiscovery finds the resource of a kind, its scope, and the documents of its group.
func checkDiscovery(_ context.Context, to target) error {
	client := discovery.NewDiscoveryClientForConfigOrDie(to.config)
	if _, err := client.ServerVersion(); err != nil {
		return err
	}
	mapper := restmapper.NewDeferredDiscoveryRESTMapper(memory.NewMemCacheClient(client))
	found, err := mapper.RESTMapping(schema.GroupKind{Group: "apps", Kind: "Deployment"}, "v1")
	if err != nil {
		return err
	}
	node, err := mapper.RESTMapping(schema.GroupKind{Kind: "Node"})
	if err != nil {
		return err
	}
	documents, err := client.OpenAPIV3().Paths()
	if err != nil {
		return err
	}
	_, hasApps := documents["apis/apps/v1"]
	return errors.Join(
		same("resource", found.Resource, deployments),
		same("scope", string(node.Scope.Name()), "root"),
		same("document of apps/v1", hasApps, true),
	)
}

// checkPages reads seven objects two at a time, all as of one version.
func checkPages(ctx context.Context, to target) error {
	maps := mapsOf(to)
	for i := range 7 {
		object := configMap(fmt.Sprintf("page-%d", i))
		object.Labels["of"] = "pages"
		if _, err := maps.Create(ctx, object, metav1.CreateOptions{}); err != nil {
			return err
		}
	}
	pages := 0
	versions := map[string]bool{}
	lister := pager.New(func(ctx context.Context, options metav1.ListOptions) (runtime.Object, error) {
		page, err := maps.List(ctx, options)
		if err == nil {
			pages++
			versions[page.ResourceVersion] = true
		}
		return page, err
	})
	lister.PageSize = 2
	names := []string{}
	err := lister.EachListItem(ctx, metav1.ListOptions{LabelSelector: "of=pages"}, func(object runtime.Object) error {
		names = append(names, object.(*corev1.ConfigMap).Name)
		return nil
	})
	return errors.Join(
		err,
		same("pages", pages, 4),
		same("versions", len(versions), 1),
		same("names", strings.Join(names, " "), "page-0 page-1 page-2 page-3 page-4 page-5 page-6"),
	)
}

// checkProtobuf sends protocol buffers and takes what comes: them, or JSON where the server has no others.
func checkProtobuf(ctx context.Context, to target) error {
	config := rest.CopyConfig(to.config)
	config.ContentType = runtime.ContentTypeProtobuf
	config.AcceptContentTypes = runtime.ContentTypeProtobuf + "," + runtime.ContentTypeJSON
	maps := mapsOf(target{config: config, namespace: to.namespace})
	events, err := maps.Watch(ctx, metav1.ListOptions{LabelSelector: "of=binary"})
	if err != nil {
		return err
	}
	defer events.Stop()
	object := configMap("binary")
	object.BinaryData = map[string][]byte{"b": {0, 255}}
	if _, err := maps.Create(ctx, object, metav1.CreateOptions{}); err != nil {
		return err
	}
	read, err := maps.Get(ctx, "binary", metav1.GetOptions{})
	if err != nil {
		return err
	}
	list, err := maps.List(ctx, metav1.ListOptions{LabelSelector: "of=binary"})
	if err != nil {
		return err
	}
	event := <-events.ResultChan()
	watched, isMap := event.Object.(*corev1.ConfigMap)
	if !isMap || len(list.Items) != 1 {
		return fmt.Errorf("watched %T, listed %d", event.Object, len(list.Items))
	}
	return errors.Join(
		same("data", fmt.Sprint(read.Data, read.BinaryData), "map[a:1] map[b:[0 255]]"),
		same("listed", list.Items[0].UID, read.UID),
		same("watched", watched.UID, read.UID),
	)
}

// checkEvents records an event twice, which makes one with a count of two, and finds it by what it is about.
func checkEvents(ctx context.Context, to target) error {
	client := kubernetes.NewForConfigOrDie(to.config)
	object, err := mapsOf(to).Create(ctx, configMap("eventful"), metav1.CreateOptions{})
	if err != nil {
		return err
	}
	broadcaster := record.NewBroadcaster(record.WithContext(ctx))
	defer broadcaster.Shutdown()
	broadcaster.StartRecordingToSink(&typedcore.EventSinkImpl{Interface: client.CoreV1().Events(to.namespace)})
	recorder := broadcaster.NewRecorder(scheme.Scheme, corev1.EventSource{Component: "e2e"})
	for range 2 {
		recorder.Event(object, corev1.EventTypeNormal, "Tried", "it was tried")
	}
	return until(ctx, func() error { return hasEvent(ctx, client, to.namespace, object.UID) })
}

func hasEvent(ctx context.Context, client kubernetes.Interface, namespace string, about types.UID) error {
	selector := metav1.ListOptions{FieldSelector: "reason=Tried,involvedObject.uid=" + string(about)}
	found, err := client.CoreV1().Events(namespace).List(ctx, selector)
	if err != nil {
		return err
	}
	if len(found.Items) != 1 {
		return fmt.Errorf("%d events", len(found.Items))
	}
	return same("count", found.Items[0].Count, 2)
}
