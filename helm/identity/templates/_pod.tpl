{{/* Parts of pods. */}}

{{- define "identity.podSecurityContext" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
# Files of Secrets belong to root: the group may read them.
fsGroup: 65532
fsGroupChangePolicy: OnRootMismatch
seccompProfile: { type: RuntimeDefault }
{{- end -}}

{{- define "identity.containerSecurityContext" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
runAsNonRoot: true
capabilities: { drop: [ALL] }
{{- end -}}

{{/* What every pod of ours has. */}}
{{- define "identity.podBasics" -}}
# Names and ports of all Services of the namespace would stand in the environment, where settings are read.
enableServiceLinks: false
securityContext:
  {{- include "identity.podSecurityContext" . | nindent 2 }}
{{- with .Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- end -}}

{{/* Where pods go. Takes { root, component, of }, where `of` are the values of the component. */}}
{{- define "identity.scheduling" -}}
{{- $selector := include "identity.selectorLabels" . -}}
{{- if .of.topologySpread.enabled }}
topologySpreadConstraints:
  {{- range list "topology.kubernetes.io/zone" "kubernetes.io/hostname" }}
  - maxSkew: 1
    topologyKey: {{ . }}
    whenUnsatisfiable: {{ $.of.topologySpread.whenUnsatisfiable }}
    labelSelector:
      matchLabels:
        {{- $selector | nindent 8 }}
    # Else the pods that a rollout is about to replace count, and the new ones lie unevenly once they are gone.
    matchLabelKeys: [pod-template-hash]
  {{- end }}
{{- end }}
{{- if ne .of.antiAffinity "none" }}
affinity:
  podAntiAffinity:
    {{- if eq .of.antiAffinity "hard" }}
    requiredDuringSchedulingIgnoredDuringExecution:
      - topologyKey: kubernetes.io/hostname
        labelSelector:
          matchLabels:
            {{- $selector | nindent 12 }}
    {{- else }}
    preferredDuringSchedulingIgnoredDuringExecution:
      - weight: 100
        podAffinityTerm:
          topologyKey: kubernetes.io/hostname
          labelSelector:
            matchLabels:
              {{- $selector | nindent 14 }}
    {{- end }}
{{- end }}
{{- with .of.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .of.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .of.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with .of.runtimeClassName }}
runtimeClassName: {{ . }}
{{- end }}
{{- end -}}

{{/* The three probes; both ports know the same addresses. Takes { of, port }. */}}
{{- define "identity.probes" -}}
startupProbe:
  httpGet: { path: /v1/api/identity/healthz, port: {{ .port }} }
  {{- toYaml .of.probes.startup | nindent 2 }}
livenessProbe:
  httpGet: { path: /v1/api/identity/healthz, port: {{ .port }} }
  {{- toYaml .of.probes.liveness | nindent 2 }}
readinessProbe:
  httpGet: { path: /v1/api/identity/readyz, port: {{ .port }} }
  {{- toYaml .of.probes.readiness | nindent 2 }}
{{- end -}}

{{/* Annotations of the pods of API and worker. Takes { root, of }. */}}
{{- define "identity.podAnnotations" -}}
{{- with .root.Values.secrets.revision }}
identity/secrets-revision: {{ . | quote }}
{{- end }}
{{- with .of.podAnnotations }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* Annotations of the Deployments. Not the Secret of the keys: a change of it needs no rollout. */}}
{{- define "identity.deploymentAnnotations" -}}
{{- include "identity.wave" (dict "root" . "wave" 0) }}
{{- if .Values.secrets.reloader }}
secret.reloader.stakater.com/reload: {{ printf "%s,%s" (include "identity.secret.connections" .) (include "identity.secret.material" .) | quote }}
{{- end }}
{{- end -}}

{{/* Secrets as files. Each is mounted whole, as a directory: kubelet never refreshes what is mounted by subPath.
     Takes { root, component }. */}}
{{- define "identity.volumes" -}}
- name: material
  secret:
    secretName: {{ include "identity.secret.material" .root }}
    defaultMode: 288 # 0440
    items:
      {{- if eq .component "api" }}
      - { key: {{ .root.Values.secrets.material.refreshTokenKey }}, path: refresh-token.key }
      - { key: {{ .root.Values.secrets.material.otpPepperKey }}, path: otp.pepper }
      {{- end }}
      - { key: {{ .root.Values.secrets.material.configurationKey }}, path: configuration.key }
{{- if eq .component "api" }}
- name: keys
  secret:
    secretName: {{ include "identity.secret.keys" .root }}
    defaultMode: 288 # 0440
{{- end }}
{{- include "identity.caVolume" .root }}
{{- end -}}

{{/* Takes { root, component }. */}}
{{- define "identity.volumeMounts" -}}
- { name: material, mountPath: /run/secrets/identity/material, readOnly: true }
{{- if eq .component "api" }}
- { name: keys, mountPath: /run/secrets/identity/keys, readOnly: true }
{{- end }}
{{- include "identity.caMount" .root }}
{{- end -}}

{{- define "identity.caVolume" -}}
{{- if .Values.caCertificates.existingConfigMap }}
- name: ca
  configMap:
    name: {{ .Values.caCertificates.existingConfigMap }}
    items: [{ key: {{ .Values.caCertificates.key }}, path: ca.crt }]
{{- end }}
{{- end -}}

{{- define "identity.caMount" -}}
{{- if .Values.caCertificates.existingConfigMap }}
- { name: ca, mountPath: /run/identity/ca, readOnly: true }
{{- end }}
{{- end -}}

{{/* The container of the migration, in its Job or before the API. */}}
{{- define "identity.migrationContainer" -}}
name: migrate
image: {{ include "identity.image" . }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
env:
  {{- include "identity.migrationEnvironment" . | nindent 2 }}
resources:
  {{- toYaml .Values.migration.resources | nindent 2 }}
securityContext:
  {{- include "identity.containerSecurityContext" . | nindent 2 }}
terminationMessagePolicy: FallbackToLogsOnError
{{- with include "identity.caMount" . | trim }}
volumeMounts:
  {{- . | nindent 2 }}
{{- end }}
{{- end -}}
