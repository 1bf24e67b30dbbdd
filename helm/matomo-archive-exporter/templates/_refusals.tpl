{{/* Mistakes that the schema cannot see and that the API server would find in the middle of an installation. Each
     template returns a YAML list of messages. */}}

{{/* Duplicate names in a list: server-side apply merges by them. */}}
{{- define "matomo-archive-exporter.twice" -}}
{{- $volumes := include "matomo-archive-exporter.volumes" . | fromYamlArray -}}
{{- $volumes = concat $volumes (include "matomo-archive-exporter.filled" (list . .Values.extraVolumes) | fromYamlArray) -}}
{{- $mounts := include "matomo-archive-exporter.volumeMounts" . | fromYamlArray -}}
{{- $mounts = concat $mounts (include "matomo-archive-exporter.filled" (list . .Values.extraVolumeMounts) | fromYamlArray) -}}
{{- $containers := concat (list (dict "name" "exporter")) (.Values.initContainers | default list) (.Values.extraContainers | default list) -}}
{{- range list
      (list "extraEnv" "name" .Values.extraEnv)
      (list "extraVolumes" "name" $volumes)
      (list "extraVolumeMounts" "mountPath" $mounts)
      (list "extraContainers and initContainers" "name" $containers)
      (list "hostAliases" "ip" .Values.hostAliases) -}}
  {{- $where := index . 0 -}}
  {{- $key := index . 1 -}}
  {{- $seen := list -}}
  {{- range index . 2 -}}
    {{- $name := get . $key | toString -}}
    {{- if has $name $seen }}
- {{ printf "%s: %s %s appears twice; remove one" $where $key $name | quote }}
    {{- end -}}
    {{- $seen = append $seen $name -}}
  {{- end -}}
{{- end -}}
{{- $known := list -}}
{{- range $volumes }}{{ $known = append $known .name }}{{ end -}}
{{- range $mounts -}}
  {{- if not (has .name $known) }}
- {{ printf "extraVolumeMounts: no volume is called %s; add it to extraVolumes" .name | quote }}
  {{- end -}}
{{- end -}}
{{- end }}

{{/* A list (second argument) with its templates filled in. */}}
{{- define "matomo-archive-exporter.filled" -}}
{{- tpl (toYaml (last . | default list)) (first .) -}}
{{- end }}

{{/* Limits below requests, and a strategy that cannot replace the pod. */}}
{{- define "matomo-archive-exporter.bounds" -}}
{{- $resources := .Values.resources | default dict -}}
{{- $limits := $resources.limits | default dict -}}
{{- range $name, $request := $resources.requests | default dict -}}
  {{- $limit := get $limits $name | toString -}}
  {{- $least := include "matomo-archive-exporter.amount" $request | float64 -}}
  {{- if and $limit (lt (include "matomo-archive-exporter.amount" $limit | float64) $least) }}
- {{ printf "resources.limits.%s: %s is below resources.requests.%s, %v; raise it" $name $limit $name $request | quote }}
  {{- end -}}
{{- end -}}
{{- $strategy := .Values.strategy | default dict -}}
{{- $rolling := $strategy.rollingUpdate | default dict -}}
{{- $none := list "0" "0%" -}}
{{- if and (ne (toString $strategy.type) "Recreate") (has (toString $rolling.maxSurge) $none) (has (toString $rolling.maxUnavailable) $none) }}
- "strategy.rollingUpdate: set maxSurge or maxUnavailable above 0, or the pod cannot be replaced"
{{- end -}}
{{- end }}

{{/* A Kubernetes quantity as a number. */}}
{{- define "matomo-archive-exporter.amount" -}}
{{- $units := dict "n" 1e-9 "u" 1e-6 "m" 1e-3 "k" 1e3 "M" 1e6 "G" 1e9 "T" 1e12 "P" 1e15 "E" 1e18
      "Ki" 1024.0 "Mi" 1048576.0 "Gi" 1073741824.0 "Ti" 1099511627776.0 "Pi" 1125899906842624.0 "Ei" 1152921504606846976.0 -}}
{{- $unit := regexFind "[A-Za-z]+$" (toString .) -}}
{{- mulf (trimSuffix $unit (toString .) | float64) (get $units $unit | default 1.0) -}}
{{- end }}

{{/* A Prometheus duration in seconds; an empty one is 0. */}}
{{- define "matomo-archive-exporter.seconds" -}}
{{- $units := dict "ms" 0.001 "s" 1.0 "m" 60.0 "h" 3600.0 "d" 86400.0 "w" 604800.0 "y" 31536000.0 -}}
{{- $seconds := 0.0 -}}
{{- range regexFindAll "[0-9]+[a-z]+" (. | default "") -1 -}}
  {{- $unit := regexFind "[a-z]+" . -}}
  {{- $seconds = addf $seconds (mulf (trimSuffix $unit . | float64) (get $units $unit)) -}}
{{- end -}}
{{- $seconds -}}
{{- end }}

{{/* Not in the schema, because its errors print the value. */}}
{{- define "matomo-archive-exporter.plainPasswords" -}}
{{- range $user, $hash := (.Values.web.config | default dict).basic_auth_users -}}
  {{- if not (regexMatch "^\\$2[aby]\\$(0[4-9]|1[0-5])\\$[./A-Za-z0-9]{21}[.Oeu][./A-Za-z0-9]{31}$" $hash) }}
- {{ printf "web.config.basic_auth_users.%s: set a bcrypt hash with a cost of 4 to 15, as htpasswd -nBC 10 NAME prints" $user | quote }}
  {{- end -}}
{{- end -}}
{{- end }}

{{/* podSpec would replace these lists with the chart's own entries. They have values of their own. */}}
{{- define "matomo-archive-exporter.podSpecChecks" -}}
{{- $patch := .Values.podSpec | default dict -}}
{{- $values := dict "volumes" "extraVolumes" "initContainers" "initContainers" "imagePullSecrets" "imagePullSecrets"
      "tolerations" "tolerations" "topologySpreadConstraints" "topologySpreadConstraints" -}}
{{- range $name, $value := $values -}}
  {{- if hasKey $patch $name }}
- {{ printf "podSpec.%s: set %s instead" $name $value | quote }}
  {{- end -}}
{{- end -}}
{{- $known := list "exporter" "healthy" -}}
{{- range .Values.extraContainers }}{{ $known = append $known .name }}{{ end -}}
{{- range $patch.containers -}}
  {{- if not (has .name $known) }}
- {{ printf "podSpec.containers: no container is called %s; add it to extraContainers" .name | quote }}
  {{- end -}}
  {{- $container := . -}}
  {{- range $name, $value := dict "args" "extraArgs" "env" "extraEnv" "envFrom" "extraEnvFrom" "volumeMounts" "extraVolumeMounts" -}}
    {{- if and (eq $container.name "exporter") (hasKey $container $name) }}
- {{ printf "podSpec.containers: for exporter set %s instead of %s" $value $name | quote }}
    {{- end -}}
  {{- end -}}
{{- end -}}
{{- end }}
