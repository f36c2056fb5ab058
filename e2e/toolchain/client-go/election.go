package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/leaderelection"
	"k8s.io/client-go/tools/leaderelection/resourcelock"
)

// candidate runs for the Lease `leader` until its context ends; what is returned is closed when it leads.
func candidate(ctx context.Context, client kubernetes.Interface, namespace, name string) (<-chan struct{}, error) {
	leads := make(chan struct{})
	elector, err := leaderelection.NewLeaderElector(leaderelection.LeaderElectionConfig{
		Lock: &resourcelock.LeaseLock{
			LeaseMeta:  metav1.ObjectMeta{Namespace: namespace, Name: "leader"},
			Client:     client.CoordinationV1(),
			LockConfig: resourcelock.ResourceLockConfig{Identity: name},
		},
		LeaseDuration:   6 * time.Second,
		RenewDeadline:   4 * time.Second,
		RetryPeriod:     200 * time.Millisecond,
		ReleaseOnCancel: true,
		Callbacks: leaderelection.LeaderCallbacks{
			OnStartedLeading: func(context.Context) { close(leads) },
			OnStoppedLeading: func() {},
		},
	})
	if err == nil {
		go elector.Run(ctx)
	}
	return leads, err
}

// checkElection lets two run for one Lease: the second leads when the first lets go, and not before.
func checkElection(ctx context.Context, to target) error {
	client := kubernetes.NewForConfigOrDie(to.config)
	reign, abdicate := context.WithCancel(ctx)
	defer abdicate()
	first, err := candidate(reign, client, to.namespace, "first")
	if err != nil {
		return err
	}
	select {
	case <-first:
	case <-ctx.Done():
		return errors.New("the first never led")
	}
	second, err := candidate(ctx, client, to.namespace, "second")
	if err != nil {
		return err
	}
	select {
	case <-second:
		return errors.New("two lead at once")
	case <-time.After(time.Second):
	}
	abdicate()
	select {
	case <-second:
	case <-ctx.Done():
		return errors.New("the second never led")
	}
	lease, err := client.CoordinationV1().Leases(to.namespace).Get(ctx, "leader", metav1.GetOptions{})
	if err != nil {
		return err
	}
	if lease.Spec.HolderIdentity == nil || *lease.Spec.HolderIdentity != "second" {
		return fmt.Errorf("held by %v", lease.Spec.HolderIdentity)
	}
	return nil
}
