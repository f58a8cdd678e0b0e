{{/* What the schema cannot say: values that fit each by itself and not together. All faults at once. */}}
{{- define "identity.validate" -}}
{{- $v := .Values -}}
{{- $faults := list -}}

{{- if not $v.image.repository -}}
{{- $faults = append $faults "image.repository: is required" -}}
{{- end -}}
{{- if not $v.settings.JWT_ISSUER -}}
{{- $faults = append $faults "settings.JWT_ISSUER: is required, such as https://identity.example.com" -}}
{{- end -}}
{{- if not $v.settings.JWT_AUDIENCE -}}
{{- $faults = append $faults "settings.JWT_AUDIENCE: is required, such as nx-seller" -}}
{{- end -}}

{{- $redis := $v.secrets.connections -}}
{{- if gt (list $v.settings.REDIS_SENTINELS $v.settings.REDIS_CLUSTER_NODES $redis.redisSentinelsKey $redis.redisClusterNodesKey | compact | len) 1 -}}
{{- $faults = append $faults "settings.REDIS_SENTINELS, settings.REDIS_CLUSTER_NODES, secrets.connections.redisSentinelsKey and redisClusterNodesKey: set one of them, or none for REDIS_URL" -}}
{{- end -}}
{{- if and (or $v.settings.REDIS_SENTINELS $redis.redisSentinelsKey) (not $v.settings.REDIS_SENTINEL_NAME) (not $redis.redisSentinelNameKey) -}}
{{- $faults = append $faults "settings.REDIS_SENTINEL_NAME, or secrets.connections.redisSentinelNameKey: is required with sentinels" -}}
{{- end -}}
{{- if and $v.settings.REDIS_SENTINEL_NAME $redis.redisSentinelNameKey -}}
{{- $faults = append $faults "settings.REDIS_SENTINEL_NAME and secrets.connections.redisSentinelNameKey: set one of them" -}}
{{- end -}}

{{- if ne (include "identity.text" $v.settings.SNOWFLAKE_WORKER_ID) "auto" -}}
{{- if $v.api.autoscaling.enabled -}}
{{- $faults = append $faults "settings.SNOWFLAKE_WORKER_ID: a fixed number is for one replica; api.autoscaling needs auto, or pods make the same ids" -}}
{{- else if gt (int $v.api.replicas) 1 -}}
{{- $faults = append $faults (printf "settings.SNOWFLAKE_WORKER_ID: a fixed number is for one replica; api.replicas is %d, which needs auto, or pods make the same ids" (int $v.api.replicas)) -}}
{{- end -}}
{{- end -}}
{{- if and $v.api.autoscaling.enabled (gt (int $v.api.autoscaling.minReplicas) (int $v.api.autoscaling.maxReplicas)) -}}
{{- $faults = append $faults "api.autoscaling.minReplicas: must not be more than maxReplicas" -}}
{{- end -}}

{{- $apiNeeds := add (int $v.api.preStopSeconds) (int (include "identity.drain.api" .)) -}}
{{- if le (int $v.api.terminationGracePeriodSeconds) (int $apiNeeds) -}}
{{- $faults = append $faults (printf "api.terminationGracePeriodSeconds: must be more than %d, preStopSeconds and %s s of drain" $apiNeeds (include "identity.drain.api" .)) -}}
{{- end -}}
{{- if le (int $v.worker.terminationGracePeriodSeconds) (int (include "identity.drain.worker" .)) -}}
{{- $faults = append $faults (printf "worker.terminationGracePeriodSeconds: must be more than %s, the seconds that running jobs get" (include "identity.drain.worker" .)) -}}
{{- end -}}

{{- if and $v.worker.keda.enabled (not $v.worker.keda.prometheusAddress) -}}
{{- $faults = append $faults "worker.keda.prometheusAddress: is required with worker.keda.enabled" -}}
{{- end -}}
{{- if and $v.worker.keda.enabled (gt (int $v.worker.keda.minReplicas) (int $v.worker.keda.maxReplicas)) -}}
{{- $faults = append $faults "worker.keda.minReplicas: must not be more than maxReplicas" -}}
{{- end -}}

{{- if and $v.externalSecrets.enabled (not $v.externalSecrets.store.name) -}}
{{- $faults = append $faults "externalSecrets.store.name: is required with externalSecrets.enabled" -}}
{{- end -}}
{{- if and $v.externalSecrets.enabled $v.externalSecrets.keys.remoteKey (include "identity.keysAccess" .) -}}
{{- $faults = append $faults "externalSecrets.keys.remoteKey: External Secrets would undo what keys.access and keys.rotation write; use one of them" -}}
{{- end -}}
{{- if and $v.keys.access.fromApiPods (not $v.keys.access.enabled) -}}
{{- $faults = append $faults "keys.access.fromApiPods: needs keys.access.enabled" -}}
{{- end -}}
{{- if and $v.keys.access.fromApiPods (not $v.serviceAccount.create) (not $v.serviceAccount.name) -}}
{{- $faults = append $faults "keys.access.fromApiPods: needs a ServiceAccount of its own, not `default`" -}}
{{- end -}}

{{- if and (eq $v.routing.kind "HTTPRoute") (not $v.routing.httpRoute.parentRefs) -}}
{{- $faults = append $faults "routing.httpRoute.parentRefs: is required with HTTPRoute" -}}
{{- end -}}
{{- if eq $v.routing.kind "HTTPRoute" -}}
{{- range $v.routing.extraMiddlewares -}}
{{- if or .namespace (not $v.routing.httpRoute.traefikMiddlewares) -}}
{{- $faults = append $faults (printf "routing.extraMiddlewares: an HTTPRoute takes %s from its own namespace alone, and with httpRoute.traefikMiddlewares" .name) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if and $v.monitoring.rules.enabled (not $v.monitoring.rules.runbookUrl) -}}
{{- $faults = append $faults "monitoring.rules.runbookUrl: is required with monitoring.rules.enabled: who is woken needs the page" -}}
{{- end -}}

{{- range $extra := $v.extraEnv -}}
{{- if or (hasKey $v.settings $extra.name) (has $extra.name (list "RUN_MODE" "NODE_ENV" "PORT" "MANAGEMENT_PORT" "DATABASE_URL" "REDIS_URL" "JWKS_DIR" "REFRESH_TOKEN_KEY_FILE" "OTP_PEPPER_FILE" "CONFIGURATION_KEY_FILE" "NODE_EXTRA_CA_CERTS")) -}}
{{- $faults = append $faults (printf "extraEnv: %s is set by the chart; its value is in settings, secrets or caCertificates" $extra.name) -}}
{{- end -}}
{{- if has $extra.name (list "OTEL_EXPORTER_OTLP_HEADERS" "OTEL_EXPORTER_OTLP_TRACES_HEADERS") -}}
{{- $faults = append $faults (printf "extraEnv: the service does not begin with %s, which may hold a key; have a collector near it add the header" $extra.name) -}}
{{- end -}}
{{- if and (hasKey $extra "value") (regexMatch "PASSWORD|SECRET|CREDENTIAL|TOKEN|API_?KEY" $extra.name) -}}
{{- $faults = append $faults (printf "extraEnv: %s looks like a secret, which the whole namespace could read; give it by valueFrom.secretKeyRef" $extra.name) -}}
{{- end -}}
{{- end -}}

{{- $faults = concat $faults (include "identity.networkFaults" . | trim | splitList "\n" | compact) -}}
{{- if $faults -}}
{{- fail (printf "the values do not fit together:\n  %s" (join "\n  " $faults)) -}}
{{- end -}}
{{- end -}}

{{/* One line for each fault of the network policy. */}}
{{- define "identity.networkFaults" -}}
{{- $policy := .Values.networkPolicy -}}
{{- if ne $policy.kind "none" -}}
{{- range $name := list "postgres" "redis" -}}
{{- if not (include "identity.isSet" (get $policy $name)) }}
networkPolicy.{{ $name }}: say where it is, or nothing reaches it
{{- end }}
{{- end -}}
{{- $settings := .Values.settings -}}
{{- if and (or $settings.OTEL_EXPORTER_OTLP_ENDPOINT $settings.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT) (not (include "identity.isSet" $policy.telemetry)) }}
networkPolicy.telemetry: say where the collector of settings.OTEL_EXPORTER_OTLP_ENDPOINT is, or no trace reaches it
{{- end -}}
{{- if eq $policy.kind "kubernetes" -}}
{{- range $name := list "postgres" "redis" "smtp" "sms" "telemetry" -}}
{{- if (get $policy $name).fqdns }}
networkPolicy.{{ $name }}.fqdns: a plain NetworkPolicy knows no names; give cidrs (0.0.0.0/0 where addresses change), or use cilium
{{- end }}
{{- end -}}
{{- if and $policy.gateway.hostNetwork (not $policy.gateway.cidrs) }}
networkPolicy.gateway.cidrs: a plain NetworkPolicy knows a gateway in the network of its node by addresses alone
{{- end -}}
{{- if and (include "identity.keysAccess" .) (not $policy.kubeApi.cidrs) }}
networkPolicy.kubeApi.cidrs: keys.access and keys.rotation have to reach the API of Kubernetes
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
