{{/* Rules of both kinds of policy. A destination has ports, and pods, addresses or names. */}}

{{/* Whether a destination is somewhere: "true" or nothing. */}}
{{- define "identity.isSet" -}}
{{- if or .namespace .podLabels .cidrs .fqdns -}}true{{- end -}}
{{- end -}}

{{/* Where a component goes, names of destinations as a list in JSON. Takes { root, component }. */}}
{{- define "identity.destinations" -}}
{{- if eq .component "api" -}}
{{- list "postgres" "redis" "telemetry" | toJson -}}
{{- else if eq .component "worker" -}}
{{- list "postgres" "redis" "smtp" "sms" "telemetry" | toJson -}}
{{- else if eq .component "migrate" -}}
{{- list "postgres" | toJson -}}
{{- else -}}
{{- list | toJson -}}
{{- end -}}
{{- end -}}

{{/* Whether a component talks to the API of Kubernetes. Takes { root, component }. */}}
{{- define "identity.usesKubeApi" -}}
{{- $keys := .root.Values.keys -}}
{{- if or (eq .component "keys") (and (eq .component "api") $keys.access.enabled $keys.access.fromApiPods) -}}true{{- end -}}
{{- end -}}

{{/* --- NetworkPolicy --- */}}

{{/* One peer of pods. Takes { namespace, podLabels }; without a namespace, that of the release. */}}
{{- define "identity.plain.pods" -}}
{{- if .namespace -}}
namespaceSelector:
  matchLabels:
    kubernetes.io/metadata.name: {{ .namespace }}
{{ end -}}
podSelector:
  {{- if .podLabels }}
  matchLabels:
    {{- toYaml .podLabels | nindent 4 }}
  {{- else }} {}
  {{- end }}
{{- end -}}

{{/* Takes { root, component }. */}}
{{- define "identity.plain.egress" -}}
{{- $policy := .root.Values.networkPolicy -}}
{{- $names := include "identity.destinations" . | fromJsonArray -}}
{{- if $names }}
- to:
    - {{ include "identity.plain.pods" $policy.dns | indent 6 | trim }}
    {{- range $policy.dns.cidrs }}
    - ipBlock: { cidr: {{ . | quote }} }
    {{- end }}
  ports:
    - { protocol: UDP, port: 53 }
    - { protocol: TCP, port: 53 }
{{- end }}
{{- range $names }}
{{- $to := get $policy . }}
{{- if include "identity.isSet" $to }}
# {{ . }}
- to:
    {{- if or $to.namespace $to.podLabels }}
    - {{ include "identity.plain.pods" $to | indent 6 | trim }}
    {{- end }}
    {{- range $to.cidrs }}
    - ipBlock: { cidr: {{ . | quote }} }
    {{- end }}
  ports:
    {{- range $to.ports }}
    - { protocol: TCP, port: {{ . }} }
    {{- end }}
{{- end }}
{{- end }}
{{- if include "identity.usesKubeApi" . }}
# The API of Kubernetes
- to:
    {{- range $policy.kubeApi.cidrs }}
    - ipBlock: { cidr: {{ . | quote }} }
    {{- end }}
  ports:
    {{- range $policy.kubeApi.ports }}
    - { protocol: TCP, port: {{ . }} }
    {{- end }}
{{- end }}
{{- end -}}

{{/* Who calls the API. */}}
{{- define "identity.plain.callers" -}}
{{- $policy := .Values.networkPolicy -}}
{{- if $policy.gateway.hostNetwork }}
{{- range $policy.gateway.cidrs }}
- ipBlock: { cidr: {{ . | quote }} }
{{- end }}
{{- else }}
- {{ include "identity.plain.pods" $policy.gateway | indent 2 | trim }}
{{- end }}
{{- range $policy.sisters }}
- {{ include "identity.plain.pods" . | indent 2 | trim }}
{{- end }}
{{- if $policy.monitoring.namespace }}
- {{ include "identity.plain.pods" (dict "namespace" $policy.monitoring.namespace "podLabels" $policy.monitoring.blackboxLabels) | indent 2 | trim }}
{{- end }}
{{- if eq .Values.service.type "NodePort" }}
{{- range $policy.nodePort.cidrs }}
- ipBlock: { cidr: {{ . | quote }} }
{{- end }}
{{- end }}
{{- end -}}

{{/* Takes { root, component }; who scrapes the management port. */}}
{{- define "identity.plain.scrapers" -}}
{{- $monitoring := .root.Values.networkPolicy.monitoring -}}
{{- if $monitoring.namespace }}
- from:
    - {{ include "identity.plain.pods" (dict "namespace" $monitoring.namespace "podLabels" $monitoring.prometheusLabels) | indent 6 | trim }}
  ports:
    - { protocol: TCP, port: {{ include "identity.port.management" . }} }
{{- end }}
{{- end -}}

{{/* --- CiliumNetworkPolicy --- */}}

{{/* Labels as Cilium names them. Takes { root, namespace, podLabels }. */}}
{{- define "identity.cilium.pods" -}}
matchLabels:
  k8s:io.kubernetes.pod.namespace: {{ .namespace | default .root.Release.Namespace }}
  {{- range $name, $value := .podLabels }}
  {{ printf "k8s:%s" $name }}: {{ $value | quote }}
  {{- end }}
{{- end -}}

{{/* Takes a list of ports. */}}
{{- define "identity.cilium.ports" -}}
toPorts:
  - ports:
      {{- range . }}
      - { port: {{ . | toString | quote }}, protocol: TCP }
      {{- end }}
{{- end -}}

{{/* Takes { root, component }. */}}
{{- define "identity.cilium.egress" -}}
{{- $root := .root -}}
{{- $policy := .root.Values.networkPolicy -}}
{{- $names := include "identity.destinations" . | fromJsonArray -}}
{{- if $names }}
# The rule on names has the agent read answers, which is how it learns the addresses behind toFQDNs.
- toEndpoints:
    - {{ include "identity.cilium.pods" (merge (dict "root" $root) $policy.dns) | indent 6 | trim }}
  toPorts:
    - ports:
        - { port: '53', protocol: ANY }
      rules:
        dns:
          {{- range $policy.dns.matchPatterns }}
          - matchPattern: {{ . | quote }}
          {{- end }}
{{- end }}
{{- range $names }}
{{- $to := get $policy . }}
{{- $ports := include "identity.cilium.ports" $to.ports }}
{{- if or $to.namespace $to.podLabels }}
# {{ . }}
- toEndpoints:
    - {{ include "identity.cilium.pods" (merge (dict "root" $root) $to) | indent 6 | trim }}
  {{- $ports | nindent 2 }}
{{- end }}
{{- with $to.cidrs }}
- toCIDR:
    {{- toYaml . | nindent 4 }}
  {{- $ports | nindent 2 }}
{{- end }}
{{- with $to.fqdns }}
- toFQDNs:
    {{- range . }}
    - {{ contains "*" . | ternary "matchPattern" "matchName" }}: {{ . | quote }}
    {{- end }}
  {{- $ports | nindent 2 }}
{{- end }}
{{- end }}
{{- if include "identity.usesKubeApi" . }}
- toEntities: [kube-apiserver]
  {{- include "identity.cilium.ports" $policy.kubeApi.ports | nindent 2 }}
{{- end }}
{{- end -}}

{{/* Who calls the API. */}}
{{- define "identity.cilium.callers" -}}
{{- $policy := .Values.networkPolicy -}}
{{- $ports := include "identity.cilium.ports" (list (include "identity.port.http" .)) -}}
{{- $root := . -}}
{{- /* A rule without peers would let everybody in. */}}
{{- if or (not $policy.gateway.hostNetwork) $policy.sisters $policy.monitoring.namespace }}
- fromEndpoints:
    {{- if not $policy.gateway.hostNetwork }}
    - {{ include "identity.cilium.pods" (merge (dict "root" $root) $policy.gateway) | indent 6 | trim }}
    {{- end }}
    {{- range $policy.sisters }}
    - {{ include "identity.cilium.pods" (merge (dict "root" $root) .) | indent 6 | trim }}
    {{- end }}
    {{- if $policy.monitoring.namespace }}
    - {{ include "identity.cilium.pods" (dict "root" $root "namespace" $policy.monitoring.namespace "podLabels" $policy.monitoring.blackboxLabels) | indent 6 | trim }}
    {{- end }}
  {{- $ports | nindent 2 }}
{{- end }}
# kubelet's probes come from the node of the pod.
- fromEntities: [host{{ if or $policy.gateway.hostNetwork (and (eq .Values.service.type "NodePort") $policy.nodePort.nodes) }}, remote-node{{ end }}]
  {{- $ports | nindent 2 }}
{{- if and (eq .Values.service.type "NodePort") $policy.nodePort.cidrs }}
- fromCIDR:
    {{- toYaml $policy.nodePort.cidrs | nindent 4 }}
  {{- $ports | nindent 2 }}
{{- end }}
{{- end -}}

{{/* Who reaches the management port: Prometheus, and where `kubelet` is given, its probes. Takes { root, kubelet }. */}}
{{- define "identity.cilium.scrapers" -}}
{{- $monitoring := .root.Values.networkPolicy.monitoring -}}
{{- $ports := include "identity.cilium.ports" (list (include "identity.port.management" .)) -}}
{{- if $monitoring.namespace }}
- fromEndpoints:
    - {{ include "identity.cilium.pods" (dict "root" .root "namespace" $monitoring.namespace "podLabels" $monitoring.prometheusLabels) | indent 6 | trim }}
  {{- $ports | nindent 2 }}
{{- end }}
{{- if .kubelet }}
- fromEntities: [host]
  {{- $ports | nindent 2 }}
{{- end }}
{{- end -}}
