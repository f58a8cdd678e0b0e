{{/* What all three ways in share. */}}

{{- define "identity.path.base" -}}/v1/api/identity{{- end -}}
{{- define "identity.path.jwks" -}}/jw-certs{{- end -}}
{{/* Paths with the rate limit, as a list in JSON. */}}
{{- define "identity.path.limited" -}}
{{- list "/v1/api/identity/auth" "/v1/api/identity/otp" | toJson -}}
{{- end -}}

{{/* Whether our middlewares are made: "true" or nothing. */}}
{{- define "identity.usesMiddlewares" -}}
{{- $routing := .Values.routing -}}
{{- if or (has $routing.kind (list "IngressRoute" "Ingress")) (and (eq $routing.kind "HTTPRoute") $routing.httpRoute.traefikMiddlewares) -}}true{{- end -}}
{{- end -}}

{{/* Middlewares of a route, in their order, as a list of { name, namespace } in JSON. Takes { root, of }, where `of` is
     `limited`, `other` or `jwks`. */}}
{{- define "identity.middlewares" -}}
{{- $routing := .root.Values.routing -}}
{{- $fullname := include "identity.fullname" .root -}}
{{- $names := list -}}
{{- if $routing.headers.enabled -}}{{- $names = append $names (dict "name" (printf "%s-headers" $fullname)) -}}{{- end -}}
{{- if and (eq .of "limited") $routing.rateLimit.enabled -}}{{- $names = append $names (dict "name" (printf "%s-rate-limit" $fullname)) -}}{{- end -}}
{{- if eq .of "jwks" -}}{{- $names = append $names (dict "name" (printf "%s-retry" $fullname)) -}}{{- end -}}
{{- concat $names $routing.extraMiddlewares | toJson -}}
{{- end -}}

{{/* Which address of X-Forwarded-For the rate limit counts by: the outermost that our proxies vouch for. */}}
{{- define "identity.ipDepth" -}}
{{- $given := include "identity.text" .Values.routing.rateLimit.ipDepth -}}
{{- if $given -}}{{- $given -}}{{- else -}}{{- sub (int .Values.settings.TRUSTED_PROXY_HOPS) 1 | max 0 -}}{{- end -}}
{{- end -}}

{{/* A rule of Traefik for our hosts. Takes { root, rule }. */}}
{{- define "identity.rule" -}}
{{- $hosts := list -}}
{{- range .root.Values.routing.hosts -}}{{- $hosts = append $hosts (printf "Host(`%s`)" .) -}}{{- end -}}
{{- if $hosts -}}
{{- printf "(%s) && (%s)" (join " || " $hosts) .rule -}}
{{- else -}}
{{- .rule -}}
{{- end -}}
{{- end -}}
