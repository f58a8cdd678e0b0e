{{/* Ports that the process listens on; nobody else shares its pod. */}}
{{- define "identity.port.http" -}}3000{{- end -}}
{{- define "identity.port.management" -}}9464{{- end -}}

{{/* Seconds that the code takes to end: a request has 15 s to arrive and a silent connection 1 s; jobs get 20 s. */}}
{{- define "identity.drain.api" -}}20{{- end -}}
{{- define "identity.drain.worker" -}}20{{- end -}}

{{/* A number as it was written: Helm holds those of files as floats, and would print 1.2096e+06. */}}
{{- define "identity.text" -}}
{{- if kindIs "float64" . -}}{{- . | int64 -}}{{- else -}}{{- . -}}{{- end -}}
{{- end -}}

{{/* Variables that say where Redis is and come from the Secret of connections, as YAML: name and key. */}}
{{- define "identity.redisSecrets" -}}
{{- $keys := .Values.secrets.connections -}}
{{- $settings := .Values.settings -}}
{{- if $keys.redisClusterNodesKey }}
REDIS_CLUSTER_NODES: {{ $keys.redisClusterNodesKey | quote }}
{{- else if or $keys.redisSentinelsKey $settings.REDIS_SENTINELS }}
{{- with $keys.redisSentinelsKey }}
REDIS_SENTINELS: {{ . | quote }}
{{- end }}
{{- with $keys.redisSentinelNameKey }}
REDIS_SENTINEL_NAME: {{ . | quote }}
{{- end }}
{{- else if not $settings.REDIS_CLUSTER_NODES }}
REDIS_URL: {{ $keys.redisUrlKey | quote }}
{{- end }}
{{- end -}}

{{/* Environment of API and worker. Takes { root, component }. */}}
{{- define "identity.environment" -}}
{{- $root := .root -}}
{{- $component := .component -}}
- name: RUN_MODE
  value: {{ $component }}
- name: NODE_ENV
  value: production
- name: PORT
  value: {{ include "identity.port.http" . | quote }}
- name: MANAGEMENT_PORT
  value: {{ include "identity.port.management" . | quote }}
{{- range $name, $value := $root.Values.settings }}
{{- if and (ne $name "SNOWFLAKE_WORKER_ID") (ne (include "identity.text" $value) "") }}
- name: {{ $name }}
  value: {{ include "identity.text" $value | quote }}
{{- end }}
{{- end }}
{{- /* A fixed number is the API's alone: the worker beside it must not have the same. */}}
- name: SNOWFLAKE_WORKER_ID
  value: {{ eq $component "api" | ternary (include "identity.text" $root.Values.settings.SNOWFLAKE_WORKER_ID) "auto" | quote }}
- name: DATABASE_URL
  valueFrom:
    secretKeyRef:
      name: {{ include "identity.secret.connections" $root }}
      key: {{ $root.Values.secrets.connections.databaseUrlKey }}
{{- range $name, $key := include "identity.redisSecrets" $root | fromYaml }}
- name: {{ $name }}
  valueFrom:
    secretKeyRef:
      name: {{ include "identity.secret.connections" $root }}
      key: {{ $key }}
{{- end }}
{{- /* The worker talks to the world and signs nothing: it has the one key that it uses. */}}
{{- if eq $component "api" }}
- name: JWKS_DIR
  value: /run/secrets/identity/keys
- name: REFRESH_TOKEN_KEY_FILE
  value: /run/secrets/identity/material/refresh-token.key
- name: OTP_PEPPER_FILE
  value: /run/secrets/identity/material/otp.pepper
{{- end }}
- name: CONFIGURATION_KEY_FILE
  value: /run/secrets/identity/material/configuration.key
{{- include "identity.caEnvironment" $root }}
{{- with $root.Values.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "identity.caEnvironment" -}}
{{- if .Values.caCertificates.existingConfigMap }}
- name: NODE_EXTRA_CA_CERTS
  value: /run/identity/ca/ca.crt
{{- end }}
{{- end -}}

{{/* The migration needs one address and nothing else. */}}
{{- define "identity.migrationEnvironment" -}}
- name: RUN_MODE
  value: migrate
- name: NODE_ENV
  value: production
- name: DATABASE_URL
  valueFrom:
    secretKeyRef:
      name: {{ include "identity.secret.migration" . }}
      key: {{ .Values.secrets.migration.databaseUrlKey }}
{{- include "identity.caEnvironment" . }}
{{- end -}}
