{{/*
What has to be there before the release: the Job of the migration and what it needs. Nothing of the release itself exists
then, so that each of these is a hook as well, in the order of its weight. Takes { root, weight, keep }: what is not to be
kept goes once all hooks have succeeded, and before it is made anew in any case.
*/}}
{{- define "identity.hook" -}}
{{- if eq .root.Values.migration.hooks "argocd" -}}
argocd.argoproj.io/hook: PreSync
argocd.argoproj.io/hook-delete-policy: BeforeHookCreation{{ if not .keep }},HookSucceeded{{ end }}
argocd.argoproj.io/sync-wave: {{ .weight | quote }}
{{- else -}}
helm.sh/hook: pre-install,pre-upgrade
helm.sh/hook-weight: {{ .weight | quote }}
helm.sh/hook-delete-policy: before-hook-creation{{ if not .keep }},hook-succeeded{{ end }}
{{- end -}}
{{- end -}}

{{/* The order of what is no hook, for Argo CD alone; Helm knows the order of kinds. Takes { root, wave }. */}}
{{- define "identity.wave" -}}
{{- if eq .root.Values.migration.hooks "argocd" -}}
argocd.argoproj.io/sync-wave: {{ .wave | quote }}
{{- end -}}
{{- end -}}
