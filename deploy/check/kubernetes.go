package main

import (
	"errors"
	"fmt"
	"io"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/api/resource"
	"sigs.k8s.io/kustomize/kyaml/filesys"
	"sigs.k8s.io/yaml"
)

// kinds are the types that a manifest may have.
var kinds = map[string]func() any{
	"v1/ServiceAccount":                       func() any { return new(corev1.ServiceAccount) },
	"v1/Service":                              func() any { return new(corev1.Service) },
	"v1/ConfigMap":                            func() any { return new(corev1.ConfigMap) },
	"apps/v1/StatefulSet":                     func() any { return new(appsv1.StatefulSet) },
	"batch/v1/CronJob":                        func() any { return new(batchv1.CronJob) },
	"policy/v1/PodDisruptionBudget":           func() any { return new(policyv1.PodDisruptionBudget) },
	"networking.k8s.io/v1/NetworkPolicy":      func() any { return new(networkingv1.NetworkPolicy) },
	"monitoring.coreos.com/v1/ServiceMonitor": func() any { return new(monitoringv1.ServiceMonitor) },
}

// kubernetes builds a kustomization and decodes what comes out into the types of
// Kubernetes and of the Prometheus operator, so that a field that doesn't exist, or has
// another type, is found without a cluster.
func kubernetes(w io.Writer, folder string) error {
	all, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(filesys.MakeFsOnDisk(), folder)
	if err != nil {
		return fmt.Errorf("%s: %w", folder, err)
	}
	var errs []error
	for _, r := range all.Resources() {
		err := decode(r)
		if err == nil {
			_, err = fmt.Fprintf(w, "ok: %s: %s %s\n", folder, r.GetKind(), r.GetName())
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %s %s: %w", folder, r.GetKind(), r.GetName(), err))
		}
	}
	return errors.Join(errs...)
}

func decode(r *resource.Resource) error {
	empty := kinds[r.GetApiVersion()+"/"+r.GetKind()]
	if empty == nil {
		return fmt.Errorf("kind %s/%s is not known here: add it to kinds", r.GetApiVersion(), r.GetKind())
	}
	text, err := r.AsYAML()
	if err != nil {
		return err
	}
	v := empty()
	if err := yaml.UnmarshalStrict(text, v); err != nil {
		return err
	}
	return selects(v)
}

// errSelectsAll is a selector that was left empty: it would select every pod.
var errSelectsAll = errors.New("the selector is empty, which selects all pods")

func selects(v any) error {
	var s *metav1.LabelSelector
	switch v := v.(type) {
	case *appsv1.StatefulSet:
		s = v.Spec.Selector
		for name, value := range s.MatchLabels {
			if v.Spec.Template.Labels[name] != value {
				return fmt.Errorf("the selector wants %s=%s, which the pods don't have", name, value)
			}
		}
	case *policyv1.PodDisruptionBudget:
		s = v.Spec.Selector
	case *networkingv1.NetworkPolicy:
		s = &v.Spec.PodSelector
	case *monitoringv1.ServiceMonitor:
		s = &v.Spec.Selector
	default:
		return nil
	}
	if s == nil || len(s.MatchLabels) == 0 {
		return errSelectsAll
	}
	return nil
}
