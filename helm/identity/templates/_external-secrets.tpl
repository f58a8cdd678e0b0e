{{/* Whose store, and how often. */}}
{{- define "identity.externalSecretBasics" -}}
refreshInterval: {{ .Values.externalSecrets.refreshInterval }}
secretStoreRef:
  kind: {{ .Values.externalSecrets.store.kind }}
  name: {{ .Values.externalSecrets.store.name }}
{{- end -}}

{{/* Head of an ExternalSecret, with its spec begun. Takes { root, name }. */}}
{{- define "identity.externalSecret" -}}
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata:
  name: {{ .name }}
  namespace: {{ .root.Release.Namespace }}
  labels:
    {{- include "identity.labels" (dict "root" .root) | nindent 4 }}
  {{- with .annotations }}
  annotations:
    {{- . | nindent 4 }}
  {{- end }}
spec:
  {{- include "identity.externalSecretBasics" .root | nindent 2 }}
  target:
    name: {{ .name }}
    creationPolicy: Owner
    # An entry that goes missing in the store must not take the Secret, and the pods, with it.
    deletionPolicy: Retain
{{- end -}}

{{/* One property of an entry as a key of the Secret. Takes { key, remoteKey }. */}}
{{- define "identity.remoteProperty" -}}
- secretKey: {{ .key }}
  remoteRef: { key: {{ .remoteKey }}, property: {{ .key }} }
{{- end -}}
