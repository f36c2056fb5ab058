package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/dynamic/dynamicinformer"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/metadata"
	"k8s.io/client-go/metadata/metadatainformer"
	"k8s.io/client-go/tools/cache"
)

var (
	configMaps  = schema.GroupVersionResource{Version: "v1", Resource: "configmaps"}
	deployments = schema.GroupVersionResource{Group: "apps", Version: "v1", Resource: "deployments"}
	kinds       = []schema.GroupVersionResource{
		configMaps,
		deployments,
		{Version: "v1", Resource: "pods"},
		{Version: "v1", Resource: "nodes"},
		{Version: "v1", Resource: "services"},
		{Group: "coordination.k8s.io", Version: "v1", Resource: "leases"},
	}
)

// held is what an informer has.
type held func() ([]runtime.Object, error)

// checkSharedInformers compares what informers of six kinds hold with what a list says, while objects come.
func checkSharedInformers(ctx context.Context, to target) error {
	client := kubernetes.NewForConfigOrDie(to.config)
	factory := informers.NewSharedInformerFactory(client, 0)
	listers := map[schema.GroupVersionResource]held{}
	for _, kind := range kinds {
		informer, err := factory.ForResource(kind)
		if err != nil {
			return err
		}
		listers[kind] = func() ([]runtime.Object, error) { return informer.Lister().List(labels.Everything()) }
	}
	if err := makeOneOfEach(ctx, client, to.namespace, "before"); err != nil {
		return err
	}
	factory.Start(ctx.Done())
	for kind, synced := range factory.WaitForCacheSync(ctx.Done()) {
		if !synced {
			return fmt.Errorf("%v did not sync", kind)
		}
	}
	if err := makeOneOfEach(ctx, client, to.namespace, "after"); err != nil {
		return err
	}
	return until(ctx, func() error {
		found := []error{}
		for kind, lister := range listers {
			found = append(found, agreesWithList(ctx, to, kind, lister))
		}
		return errors.Join(found...)
	})
}

// agreesWithList complains where an informer does not hold what a list says.
func agreesWithList(ctx context.Context, to target, kind schema.GroupVersionResource, informer held) error {
	list, err := dynamic.NewForConfigOrDie(to.config).Resource(kind).List(ctx, metav1.ListOptions{})
	if err != nil {
		return err
	}
	objects, err := meta.ExtractList(list)
	if err != nil {
		return err
	}
	holds, err := informer()
	if err != nil {
		return err
	}
	return same(kind.Resource, namesOf(holds), namesOf(objects))
}

// namesOf names objects, each with its UID.
func namesOf(objects []runtime.Object) string {
	names := make([]string, len(objects))
	for i, object := range objects {
		if about, err := meta.Accessor(object); err == nil {
			names[i] = fmt.Sprintf("%s/%s=%s", about.GetNamespace(), about.GetName(), about.GetUID())
		}
	}
	slices.Sort(names)
	return strings.Join(names, " ")
}

// told collects what an informer says of objects: "add a", "update a", "delete a".
type told chan string

func (t told) handler() cache.ResourceEventHandler {
	name := func(object any) string {
		about, err := meta.Accessor(object)
		if err != nil {
			return fmt.Sprintf("%T", object)
		}
		return about.GetName()
	}
	return cache.ResourceEventHandlerFuncs{
		AddFunc:    func(object any) { t <- "add " + name(object) },
		UpdateFunc: func(_, object any) { t <- "update " + name(object) },
		DeleteFunc: func(object any) { t <- "delete " + name(object) },
	}
}

// next complains where the next thing that is told is another.
func (t told) next(ctx context.Context, want string) error {
	select {
	case said := <-t:
		return same("told", said, want)
	case <-ctx.Done():
		return fmt.Errorf("never told %q", want)
	}
}

// watched starts an informer that tells of objects; there are none it knows from before.
func watched(ctx context.Context, informer cache.SharedIndexInformer) (told, error) {
	said := make(told, 1000)
	if _, err := informer.AddEventHandler(said.handler()); err != nil {
		return nil, err
	}
	go informer.RunWithContext(ctx)
	if !cache.WaitForCacheSync(ctx.Done(), informer.HasSynced) {
		return nil, errors.New("did not sync")
	}
	return said, nil
}

// followsLife makes, changes and deletes a ConfigMap and hears of each from an informer.
func followsLife(ctx context.Context, to target, name string, said told) error {
	maps := kubernetes.NewForConfigOrDie(to.config).CoreV1().ConfigMaps(to.namespace)
	made, err := maps.Create(ctx, configMap(name), metav1.CreateOptions{})
	if err != nil {
		return err
	}
	if err := said.next(ctx, "add "+name); err != nil {
		return err
	}
	made.Data = map[string]string{"b": "2"}
	if _, err := maps.Update(ctx, made, metav1.UpdateOptions{}); err != nil {
		return err
	}
	if err := said.next(ctx, "update "+name); err != nil {
		return err
	}
	if err := maps.Delete(ctx, name, metav1.DeleteOptions{}); err != nil {
		return err
	}
	return said.next(ctx, "delete "+name)
}

func configMap(name string) *corev1.ConfigMap {
	about := metav1.ObjectMeta{Name: name, Labels: map[string]string{"of": name}}
	return &corev1.ConfigMap{ObjectMeta: about, Data: map[string]string{"a": "1"}}
}

// only selects the object of one name.
func only(name string) func(*metav1.ListOptions) {
	return func(options *metav1.ListOptions) { options.LabelSelector = "of=" + name }
}

func checkChanges(ctx context.Context, to target) error {
	client := kubernetes.NewForConfigOrDie(to.config)
	factory := informers.NewSharedInformerFactoryWithOptions(client, 0,
		informers.WithNamespace(to.namespace), informers.WithTweakListOptions(only("changes")))
	said, err := watched(ctx, factory.Core().V1().ConfigMaps().Informer())
	if err != nil {
		return err
	}
	return followsLife(ctx, to, "changes", said)
}

func checkDynamicInformer(ctx context.Context, to target) error {
	client := dynamic.NewForConfigOrDie(to.config)
	factory := dynamicinformer.NewFilteredDynamicSharedInformerFactory(client, 0, to.namespace, only("dynamic"))
	said, err := watched(ctx, factory.ForResource(configMaps).Informer())
	if err != nil {
		return err
	}
	return followsLife(ctx, to, "dynamic", said)
}

func checkMetadataInformer(ctx context.Context, to target) error {
	client := metadata.NewForConfigOrDie(to.config)
	factory := metadatainformer.NewFilteredSharedInformerFactory(client, 0, to.namespace, only("metadata"))
	said, err := watched(ctx, factory.ForResource(configMaps).Informer())
	if err != nil {
		return err
	}
	return followsLife(ctx, to, "metadata", said)
}
