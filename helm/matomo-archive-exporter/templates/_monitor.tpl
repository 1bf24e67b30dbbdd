{{/* The endpoint of the ServiceMonitor, overridden by additionalEndpointConfig. */}}
{{- define "matomo-archive-exporter.endpoint" -}}
{{- $own := include "matomo-archive-exporter.ownEndpoint" . | fromYaml -}}
{{- $more := tpl (toYaml (.Values.serviceMonitor.additionalEndpointConfig | default dict)) . | fromYaml -}}
{{- include "matomo-archive-exporter.merged" (list $own $more) -}}
{{- end }}

{{- define "matomo-archive-exporter.ownEndpoint" -}}
{{- with .Values.serviceMonitor -}}
port: metrics
path: {{ include "matomo-archive-exporter.telemetryPath" $ }}
scheme: {{ .scheme | default (include "matomo-archive-exporter.scheme" $) }}
{{- with .interval }}
interval: {{ . }}
{{- end }}
{{- with .scrapeTimeout }}
scrapeTimeout: {{ . }}
{{- end }}
{{- if .honorLabels }}
honorLabels: true
{{- end }}
{{- with .tlsConfig }}
tlsConfig:
  {{- tpl (toYaml .) $ | nindent 2 }}
{{- end }}
{{- with .basicAuth }}
basicAuth:
  {{- tpl (toYaml .) $ | nindent 2 }}
{{- end }}
relabelings:
  {{- /* Alerts look back for days, so a new pod must continue the series of the old one. */}}
  - action: replace
    sourceLabels: [__meta_kubernetes_namespace, __meta_kubernetes_service_name]
    separator: /
    targetLabel: instance
  - action: labeldrop
    regex: pod
  {{- include "matomo-archive-exporter.relabelings" .relabelings | nindent 2 }}
{{- with .metricRelabelings }}
metricRelabelings:
  {{- include "matomo-archive-exporter.relabelings" . | nindent 2 }}
{{- end }}
{{- end }}
{{- end }}

{{/* With the default action: if the API server adds it, Argo CD and Flux always show a difference. */}}
{{- define "matomo-archive-exporter.relabelings" -}}
{{- range . }}
- {{ merge (dict) . (dict "action" "replace") | toYaml | nindent 2 | trim }}
{{- end }}
{{- end }}
