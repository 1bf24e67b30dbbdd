{{/* Names, labels and helpers for several templates. */}}

{{- define "matomo-archive-exporter.name" -}}
{{- .Values.nameOverride | default .Chart.Name -}}
{{- end }}

{{- define "matomo-archive-exporter.namespace" -}}
{{- .Values.namespaceOverride | default .Release.Namespace -}}
{{- end }}

{{/* At most 52 characters, to leave room for suffixes. A hash keeps shortened names different. */}}
{{- define "matomo-archive-exporter.fullname" -}}
{{- $name := .Values.nameOverride | default .Chart.Name -}}
{{- if .Values.fullnameOverride -}}
{{- $name = .Values.fullnameOverride -}}
{{- else if not (contains $name .Release.Name) -}}
{{- $name = printf "%s-%s" .Release.Name $name -}}
{{- else -}}
{{- $name = .Release.Name -}}
{{- end -}}
{{- if gt (len $name) 52 -}}
{{- printf "%s-%s" ($name | trunc 43 | trimSuffix "-") ($name | sha256sum | trunc 8) -}}
{{- else -}}
{{- $name -}}
{{- end -}}
{{- end }}

{{/* The name of an object in a namespace (second argument) that releases of other namespaces may share. Names of
     namespaces and Services contain no dot, so the result is unique. */}}
{{- define "matomo-archive-exporter.nameIn" -}}
{{- $own := include "matomo-archive-exporter.namespace" (first .) -}}
{{- $name := include "matomo-archive-exporter.fullname" (first .) -}}
{{- if eq (last . | default $own) $own }}{{ $name }}{{ else }}{{ printf "%s.%s" $own $name }}{{ end -}}
{{- end }}

{{/* With the component, so that the Service does not select the pod of `helm test`. */}}
{{- define "matomo-archive-exporter.selectorLabels" -}}
app.kubernetes.io/name: {{ include "matomo-archive-exporter.name" . | quote }}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
app.kubernetes.io/component: exporter
{{- end }}

{{- define "matomo-archive-exporter.testLabels" -}}
app.kubernetes.io/name: {{ include "matomo-archive-exporter.name" . | quote }}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
app.kubernetes.io/component: test
{{- end }}

{{- define "matomo-archive-exporter.describingLabels" -}}
app.kubernetes.io/part-of: matomo
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service | quote }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" | quote }}
{{- end }}

{{- define "matomo-archive-exporter.labels" -}}
{{- include "matomo-archive-exporter.labelsWith" (list . dict) -}}
{{- end }}

{{/* Labels of an object (second argument) with those of the release. Labels that the Service selects by win. */}}
{{- define "matomo-archive-exporter.labelsWith" -}}
{{- $selector := include "matomo-archive-exporter.selectorLabels" (first .) | fromYaml -}}
{{- include "matomo-archive-exporter.describedLabels" (list (first .) (last .) $selector) -}}
{{- end }}

{{/* The same for an object that Prometheus or Grafana selects: its own labels win. */}}
{{- define "matomo-archive-exporter.monitoringLabels" -}}
{{- $selector := include "matomo-archive-exporter.selectorLabels" (first .) | fromYaml -}}
{{- include "matomo-archive-exporter.describedLabels" (list (first .) $selector (last .)) -}}
{{- end }}

{{- define "matomo-archive-exporter.describedLabels" -}}
{{- $describing := include "matomo-archive-exporter.describingLabels" (first .) | fromYaml -}}
{{- concat (list $describing (first .).Values.commonLabels) (rest .) | include "matomo-archive-exporter.overlaid" -}}
{{- end }}

{{/* Several maps as one. Later maps win, also with an empty value, which `merge` would ignore. */}}
{{- define "matomo-archive-exporter.overlaid" -}}
{{- $all := dict -}}
{{- range . -}}
  {{- range $key, $value := . | default dict }}{{ $_ := set $all $key $value }}{{ end -}}
{{- end -}}
{{- if $all }}{{ toYaml $all }}{{ end -}}
{{- end }}

{{/* The first map, overridden by the second section by section. */}}
{{- define "matomo-archive-exporter.merged" -}}
{{- $all := deepCopy (first .) -}}
{{- range $key, $value := last . -}}
  {{- $old := get $all $key -}}
  {{- if and (kindIs "map" $value) (kindIs "map" $old) -}}
    {{- $value = include "matomo-archive-exporter.merged" (list $old $value) | fromYaml -}}
  {{- end -}}
  {{- $_ := set $all $key $value -}}
{{- end -}}
{{- toYaml $all -}}
{{- end }}

{{- define "matomo-archive-exporter.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- .Values.serviceAccount.name | default (include "matomo-archive-exporter.fullname" .) -}}
{{- else -}}
{{- .Values.serviceAccount.name | default "default" -}}
{{- end -}}
{{- end }}

{{- define "matomo-archive-exporter.image" -}}
{{- $global := .Values.global | default dict -}}
{{- $registry := $global.imageRegistry | default .Values.image.registry -}}
{{- $name := list $registry .Values.image.repository | compact | join "/" -}}
{{- if .Values.image.digest -}}
{{- printf "%s@%s" $name .Values.image.digest -}}
{{- else -}}
{{- printf "%s:%s" $name (.Values.image.tag | default .Chart.AppVersion) -}}
{{- end -}}
{{- end }}

{{/* Unique names, written as `name: x` or, in umbrella charts, as `x`. */}}
{{- define "matomo-archive-exporter.imagePullSecrets" -}}
{{- $global := .Values.global | default dict -}}
{{- $names := list -}}
{{- range concat ($global.imagePullSecrets | default list) (.Values.imagePullSecrets | default list) -}}
  {{- $name := . -}}
  {{- if kindIs "map" . }}{{ $name = .name }}{{ end -}}
  {{- $names = append $names (tpl $name $) -}}
{{- end -}}
{{- with uniq $names -}}
imagePullSecrets:
  {{- range . }}
  - name: {{ . | quote }}
  {{- end }}
{{- end }}
{{- end }}

{{/* The value of label `job` with the ServiceMonitor; without it a guess. */}}
{{- define "matomo-archive-exporter.job" -}}
{{- $label := .Values.serviceMonitor.jobLabel -}}
{{- $labels := include "matomo-archive-exporter.labelsWith" (list . .Values.service.labels) | fromYaml -}}
{{- get $labels $label | default (include "matomo-archive-exporter.fullname" .) -}}
{{- end }}

{{- define "matomo-archive-exporter.port" -}}
{{- .Values.web.listenAddress | default ":16286" | splitList "," | first | trim | regexFind "[0-9]+$" -}}
{{- end }}

{{- define "matomo-archive-exporter.telemetryPath" -}}
{{- .Values.web.telemetryPath | default "/metrics" -}}
{{- end }}

{{/* "true" when the exporter serves TLS, else nothing. */}}
{{- define "matomo-archive-exporter.hasTls" -}}
{{- $web := .Values.web -}}
{{- if or $web.existingSecret $web.configFile -}}
  {{- /* The chart cannot read these files. */ -}}
  {{- if or $web.tls.enabled $web.tls.existingSecret }}true{{ end -}}
{{- else if (include "matomo-archive-exporter.webConfig" . | fromYaml).tls_server_config }}true{{ end -}}
{{- end }}

{{- define "matomo-archive-exporter.scheme" -}}
{{- if include "matomo-archive-exporter.hasTls" . }}https{{ else }}http{{ end -}}
{{- end }}

{{- define "matomo-archive-exporter.url" -}}
{{- printf "%s://%s.%s.svc:%v" (include "matomo-archive-exporter.scheme" .) (include "matomo-archive-exporter.fullname" .) (include "matomo-archive-exporter.namespace" .) (int .Values.service.port) -}}
{{- end }}
