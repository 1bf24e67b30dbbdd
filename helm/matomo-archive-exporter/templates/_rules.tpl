{{/*
The groups of files/rules.yaml with the settings filled in, as JSON: {"groups": [...]}.
JSON keeps numbers as they are; Go would write a million of a values file as 1e+06.
*/}}
{{- define "matomo-archive-exporter.filledRules" -}}
{{- $file := .Files.Get "files/rules.yaml" | fromYaml -}}
{{- $given := .Values.prometheusRule.settings | default dict -}}
{{- $text := pick $file "groups" | toRawJson -}}
{{- range $name, $default := $file.settings -}}
  {{- $value := hasKey $given $name | ternary (index $given $name) $default -}}
  {{- if not (kindIs "string" $value) -}}
    {{- $value = toJson $value -}}
  {{- end -}}
  {{- if eq $name "exporterJobs" -}}
    {{- $value = include "matomo-archive-exporter.jobs" (list $value (include "matomo-archive-exporter.job" $)) -}}
  {{- end -}}
  {{- $text = replace (printf "<%s>" $name) $value $text -}}
{{- end -}}
{{- $text -}}
{{- end -}}

{{/* Jobs (first argument), with the job of this release (second) unless they match it. */}}
{{- define "matomo-archive-exporter.jobs" -}}
{{- $jobs := first . -}}
{{- $own := last . -}}
{{- regexMatch (printf "^(?:%s)$" $jobs) $own | ternary $jobs (printf "%s|%s" $jobs $own) -}}
{{- end -}}

{{/*
Mistakes that the schema cannot see and that Prometheus would refuse, with all alerts. An invalid regular
expression matches nothing, not even with an empty alternative.
*/}}
{{- define "matomo-archive-exporter.ruleChecks" -}}
{{- $options := .Values.prometheusRule -}}
{{- $faults := list -}}
{{- with ($options.settings | default dict).exporterJobs -}}
  {{- if not (regexMatch (printf "%s|" .) "") -}}
    {{- $faults = append $faults (printf "prometheusRule.settings.exporterJobs: %s is not a regular expression; correct it" .) -}}
  {{- end -}}
{{- end -}}
{{- range $name, $text := $options.alertLabels -}}
  {{- if contains "{{" $text -}}
    {{- $faults = append $faults (printf "prometheusRule.alertLabels.%s: set plain text without templates" $name) -}}
  {{- end -}}
{{- end -}}
{{- $names := list -}}
{{- range (.Files.Get "files/rules.yaml" | fromYaml).groups }}{{ $names = append $names .name }}{{ end -}}
{{- range $options.extraGroups -}}
  {{- if has .name $names -}}
    {{- $faults = append $faults (printf "prometheusRule.extraGroups: the name %s is taken; choose another" .name) -}}
  {{- end -}}
  {{- $names = append $names .name -}}
{{- end -}}
{{- with $faults }}{{ fail (printf "\n- %s" (join "\n- " .)) }}{{ end -}}
{{- end -}}

{{/* Metadata of an object with rules; the second argument is the end of its name. */}}
{{- define "matomo-archive-exporter.ruleMetadata" -}}
{{- $options := (first .).Values.prometheusRule -}}
name: {{ printf "%s%s" (list (first .) $options.namespace | include "matomo-archive-exporter.nameIn") (last .) | quote }}
namespace: {{ $options.namespace | default (include "matomo-archive-exporter.namespace" (first .)) | quote }}
labels:
  {{- include "matomo-archive-exporter.monitoringLabels" (list (first .) $options.labels) | nindent 2 }}
{{- with $options.annotations }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{/* The chart's groups after the values in prometheusRule. The operator refuses a group without rules. */}}
{{- define "matomo-archive-exporter.ruleGroups" -}}
{{- $options := .Values.prometheusRule -}}
{{- $groups := list -}}
{{- range (include "matomo-archive-exporter.filledRules" . | fromJson).groups -}}
  {{- $rules := list -}}
  {{- range .rules -}}
    {{- if .record -}}
      {{- $rules = append $rules . -}}
    {{- else if not (has .alert $options.disabled) -}}
      {{- $rules = append $rules (set . "labels" (merge .labels ($options.alertLabels | default dict))) -}}
    {{- end -}}
  {{- end -}}
  {{- if $rules -}}
    {{- $groups = append $groups (set . "rules" $rules) -}}
  {{- end -}}
{{- end -}}
{{- toYaml $groups -}}
{{- end -}}
