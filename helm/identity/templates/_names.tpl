{{/* Names, labels and the image. Every helper takes the root context unless it says otherwise. */}}

{{- define "identity.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 40 | trimSuffix "-" -}}
{{- end -}}

{{/* At most 40 characters: the longest suffix of a name that pods carry still fits 63. */}}
{{- define "identity.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- include "identity.fit" .Values.fullnameOverride -}}
{{- else if contains (include "identity.name" .) .Release.Name -}}
{{- include "identity.fit" .Release.Name -}}
{{- else -}}
{{- include "identity.fit" (printf "%s-%s" .Release.Name (include "identity.name" .)) -}}
{{- end -}}
{{- end -}}

{{/* A name cut to 40 characters. What tells two long names apart is often their end: a digest stands for it. */}}
{{- define "identity.fit" -}}
{{- if gt (len .) 40 -}}
{{- printf "%s-%s" (trunc 31 . | trimSuffix "-") (sha256sum . | trunc 8) -}}
{{- else -}}
{{- trimSuffix "-" . -}}
{{- end -}}
{{- end -}}

{{/* The version as a label takes it, which ends in a letter or a figure. */}}
{{- define "identity.version" -}}
{{- .Values.image.tag | default .Chart.AppVersion | trunc 63 | regexFind ".*[A-Za-z0-9]" -}}
{{- end -}}

{{/* What tells the pods of a component from all others, for ever: a Deployment's selector cannot be changed.
     Takes { root, component }. */}}
{{- define "identity.selectorLabels" -}}
app.kubernetes.io/name: {{ include "identity.name" .root }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end -}}

{{/* Takes { root, component }; without a component, what belongs to all. */}}
{{- define "identity.labels" -}}
{{- if .component -}}
{{ include "identity.selectorLabels" . }}
{{- else -}}
app.kubernetes.io/name: {{ include "identity.name" .root }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
{{- end }}
app.kubernetes.io/part-of: identity
app.kubernetes.io/version: {{ include "identity.version" .root | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" }}
{{- with .root.Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* Labels of pods: none that changes with the chart alone, which would roll them. Takes { root, component }. */}}
{{- define "identity.podLabels" -}}
{{ include "identity.selectorLabels" . }}
app.kubernetes.io/part-of: identity
app.kubernetes.io/version: {{ include "identity.version" .root | quote }}
{{- with .root.Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "identity.image" -}}
{{- $repository := required "image.repository is required: the registry and path of the image" .Values.image.repository -}}
{{- if .Values.image.digest -}}
{{- printf "%s@%s" $repository .Values.image.digest -}}
{{- else -}}
{{- printf "%s:%s" $repository (.Values.image.tag | default .Chart.AppVersion) -}}
{{- end -}}
{{- end -}}

{{/* Names of the Secrets, whoever makes them. */}}
{{- define "identity.secret.connections" -}}
{{- .Values.secrets.connections.existingSecret | default (printf "%s-connections" (include "identity.fullname" .)) -}}
{{- end -}}
{{- define "identity.secret.material" -}}
{{- .Values.secrets.material.existingSecret | default (printf "%s-material" (include "identity.fullname" .)) -}}
{{- end -}}
{{- define "identity.secret.keys" -}}
{{- .Values.secrets.keys.existingSecret | default (printf "%s-keys" (include "identity.fullname" .)) -}}
{{- end -}}
{{/* The migration has a Secret of its own where External Secrets make it: that of the release comes after a hook. */}}
{{- define "identity.secret.migration" -}}
{{- if .Values.secrets.migration.existingSecret -}}
{{- .Values.secrets.migration.existingSecret -}}
{{- else if .Values.externalSecrets.enabled -}}
{{- printf "%s-migrate" (include "identity.fullname" .) -}}
{{- else -}}
{{- include "identity.secret.connections" . -}}
{{- end -}}
{{- end -}}

{{- define "identity.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- .Values.serviceAccount.name | default (include "identity.fullname" .) -}}
{{- else -}}
{{- .Values.serviceAccount.name | default "default" -}}
{{- end -}}
{{- end -}}

{{/* Whether the Role on the Secret of the keys is made: "true" or nothing. */}}
{{- define "identity.keysAccess" -}}
{{- if or .Values.keys.access.enabled .Values.keys.rotation.enabled -}}true{{- end -}}
{{- end -}}
