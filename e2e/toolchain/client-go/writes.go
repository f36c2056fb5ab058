package main

import (
	"context"
	"errors"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	corev1apply "k8s.io/client-go/applyconfigurations/core/v1"
	"k8s.io/client-go/kubernetes"
	typedcore "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/util/retry"
	"k8s.io/utils/ptr"
)

func mapsOf(to target) typedcore.ConfigMapInterface {
	return kubernetes.NewForConfigOrDie(to.config).CoreV1().ConfigMaps(to.namespace)
}

// checkApply makes an object by apply, is refused another's field, takes it by force, and lets go of its own.
func checkApply(ctx context.Context, to target) error {
	maps := mapsOf(to)
	wanted := func(data map[string]string) *corev1apply.ConfigMapApplyConfiguration {
		return corev1apply.ConfigMap("applied", to.namespace).WithData(data)
	}
	one, two := metav1.ApplyOptions{FieldManager: "one"}, metav1.ApplyOptions{FieldManager: "two"}
	if _, err := maps.Apply(ctx, wanted(map[string]string{"a": "1", "b": "1"}), one); err != nil {
		return err
	}
	_, err := maps.Apply(ctx, wanted(map[string]string{"a": "2"}), two)
	if err := refused("a field of another", err, apierrors.IsConflict); err != nil {
		return err
	}
	two.Force = true
	if _, err := maps.Apply(ctx, wanted(map[string]string{"a": "2"}), two); err != nil {
		return err
	}
	made, err := maps.Apply(ctx, wanted(map[string]string{}), one)
	if err != nil {
		return err
	}
	kept, err := corev1apply.ExtractConfigMap(made, "two")
	if err != nil {
		return err
	}
	return errors.Join(
		same("what is left", fmt.Sprint(made.Data), "map[a:2]"),
		same("what the second manages", fmt.Sprint(kept.Data), "map[a:2]"),
	)
}

// checkPatches changes an object in the three ways that do not apply.
func checkPatches(ctx context.Context, to target) error {
	maps := mapsOf(to)
	if _, err := maps.Create(ctx, configMap("patched"), metav1.CreateOptions{}); err != nil {
		return err
	}
	patches := []struct {
		kind types.PatchType
		body string
	}{
		{types.StrategicMergePatchType, `{"data":{"s":"1"}}`},
		{types.MergePatchType, `{"data":{"m":"1","a":null}}`},
		{types.JSONPatchType, `[{"op":"test","path":"/data/s","value":"1"},{"op":"add","path":"/data/j","value":"1"}]`},
	}
	var made *corev1.ConfigMap
	for _, patch := range patches {
		var err error
		if made, err = maps.Patch(ctx, "patched", patch.kind, []byte(patch.body), metav1.PatchOptions{}); err != nil {
			return fmt.Errorf("%s: %w", patch.kind, err)
		}
	}
	return same("data", fmt.Sprint(made.Data), "map[j:1 m:1 s:1]")
}

// checkRefusals is refused in the ways that controllers tell apart, and succeeds when it tries again.
func checkRefusals(ctx context.Context, to target) error {
	maps := mapsOf(to)
	old, err := maps.Create(ctx, configMap("contended"), metav1.CreateOptions{})
	if err != nil {
		return err
	}
	newer := old.DeepCopy()
	newer.Data["a"] = "2"
	if newer, err = maps.Update(ctx, newer, metav1.UpdateOptions{}); err != nil {
		return err
	}
	_, again := maps.Create(ctx, configMap("contended"), metav1.CreateOptions{})
	_, stale := maps.Update(ctx, old, metav1.UpdateOptions{})
	_, absent := maps.Get(ctx, "absent", metav1.GetOptions{})
	_, invalid := maps.Create(ctx, configMap("Not A Name"), metav1.CreateOptions{})
	other := metav1.DeleteOptions{Preconditions: metav1.NewUIDPreconditions("another")}
	first := true
	retried := retry.RetryOnConflict(retry.DefaultRetry, func() error {
		object := old
		if !first {
			object = newer
		}
		first = false
		_, err := maps.Update(ctx, object, metav1.UpdateOptions{})
		return err
	})
	return errors.Join(
		refused("made twice", again, apierrors.IsAlreadyExists),
		refused("an old version", stale, apierrors.IsConflict),
		refused("nothing there", absent, apierrors.IsNotFound),
		refused("a bad name", invalid, apierrors.IsInvalid),
		refused("another UID", maps.Delete(ctx, "contended", other), apierrors.IsConflict),
		retried,
	)
}

// checkSubresources scales a Deployment and writes a pod's status, each and nothing else of them.
func checkSubresources(ctx context.Context, to target) error {
	client := kubernetes.NewForConfigOrDie(to.config)
	all := client.AppsV1().Deployments(to.namespace)
	if _, err := all.Create(ctx, deployment("scaled"), metav1.CreateOptions{}); err != nil {
		return err
	}
	// The Deployment controller writes the same object meanwhile.
	err := retry.RetryOnConflict(retry.DefaultBackoff, func() error {
		scale, err := all.GetScale(ctx, "scaled", metav1.GetOptions{})
		if err != nil {
			return err
		}
		scale.Spec.Replicas = 1
		_, err = all.UpdateScale(ctx, "scaled", scale, metav1.UpdateOptions{})
		return err
	})
	if err != nil {
		return err
	}
	pods := client.CoreV1().Pods(to.namespace)
	about := metav1.ObjectMeta{Name: "status"}
	pod, err := pods.Create(ctx, &corev1.Pod{ObjectMeta: about, Spec: podSpec()}, metav1.CreateOptions{})
	if err != nil {
		return err
	}
	pod.Spec.ActiveDeadlineSeconds = ptr.To[int64](5)
	pod.Status.Phase = corev1.PodFailed
	if pod, err = pods.UpdateStatus(ctx, pod, metav1.UpdateOptions{}); err != nil {
		return err
	}
	scaled, err := all.Get(ctx, "scaled", metav1.GetOptions{})
	if err != nil {
		return err
	}
	grace := metav1.DeleteOptions{GracePeriodSeconds: ptr.To[int64](0)}
	return errors.Join(
		same("replicas", ptr.Deref(scaled.Spec.Replicas, -1), 1),
		same("phase", pod.Status.Phase, corev1.PodFailed),
		same("deadline", ptr.Deref(pod.Spec.ActiveDeadlineSeconds, -1), -1),
		pods.Delete(ctx, "status", grace),
	)
}
