package main

import (
	"context"
	"errors"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/utils/ptr"
)

// makeOneOfEach makes a pod that no scheduler takes, a ConfigMap, a Service and a Deployment without pods.
func makeOneOfEach(ctx context.Context, client kubernetes.Interface, namespace, name string) error {
	about := metav1.ObjectMeta{Name: name}
	options := metav1.CreateOptions{}
	_, pod := client.CoreV1().Pods(namespace).Create(ctx, &corev1.Pod{ObjectMeta: about, Spec: podSpec()}, options)
	_, file := client.CoreV1().ConfigMaps(namespace).Create(ctx, configMap(name), options)
	service := corev1.ServiceSpec{Ports: []corev1.ServicePort{{Port: 80}}}
	_, way := client.CoreV1().Services(namespace).Create(ctx, &corev1.Service{ObjectMeta: about, Spec: service}, options)
	_, many := client.AppsV1().Deployments(namespace).Create(ctx, deployment(name), options)
	return errors.Join(pod, file, way, many)
}

func podSpec() corev1.PodSpec {
	container := corev1.Container{Name: "c", Image: "nginx:1"}
	return corev1.PodSpec{SchedulerName: "nobody", Containers: []corev1.Container{container}}
}

func deployment(name string) *appsv1.Deployment {
	labels := map[string]string{"app": name}
	return &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		Spec: appsv1.DeploymentSpec{
			Replicas: ptr.To[int32](0),
			Selector: &metav1.LabelSelector{MatchLabels: labels},
			Template: corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: labels}, Spec: podSpec()},
		},
	}
}
