package main

import (
	"context"
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
)

// checkResumption drops every connection of an informer and makes an object while it is away, three times. It must hear
// of each object once, and go on from the version it has: without a list, and without all objects sent again. A watch that
// saw nothing in its first second is given up by client-go itself, so each has seen an object before it is dropped.
func checkResumption(ctx context.Context, to target) error {
	way, config, err := through(to.config)
	if err != nil {
		return err
	}
	defer way.close()
	asked, config := recorded(config)
	factory := informers.NewSharedInformerFactoryWithOptions(kubernetes.NewForConfigOrDie(config), 0,
		informers.WithNamespace(to.namespace), informers.WithTweakListOptions(only("resumed")))
	said, err := watched(ctx, factory.Core().V1().ConfigMaps().Informer())
	if err != nil {
		return err
	}
	before := asked.count()
	maps := mapsOf(to)
	for round := range 4 {
		if round > 0 {
			way.drop()
		}
		object := configMap(fmt.Sprintf("resumed-%d", round))
		object.Labels["of"] = "resumed"
		if _, err := maps.Create(ctx, object, metav1.CreateOptions{}); err != nil {
			return err
		}
		if err := said.next(ctx, "add "+object.Name); err != nil {
			return err
		}
	}
	queries := asked.queries("/configmaps", before)
	if len(queries) < 3 {
		return fmt.Errorf("watched again %d times after three drops", len(queries))
	}
	for _, query := range queries {
		if query.Get("watch") == "" || query.Get("resourceVersion") == "" || query.Has("sendInitialEvents") {
			return fmt.Errorf("did not go on where it was: %v", query)
		}
	}
	return same("told besides", len(said), 0)
}
