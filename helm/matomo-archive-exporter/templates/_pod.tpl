{{/* The pod of the exporter, overridden by podSpec. */}}
{{- define "matomo-archive-exporter.pod" -}}
{{- list . (include "matomo-archive-exporter.ownPod" .) | include "matomo-archive-exporter.patched" -}}
{{- end }}

{{/* A pod (second argument, as text), overridden by podSpec; containers are matched by name. */}}
{{- define "matomo-archive-exporter.patched" -}}
{{- $pod := last . -}}
{{- with (first .).Values.podSpec -}}
  {{- $patch := tpl (toYaml .) (first $) | fromYaml -}}
  {{- $pod = include "matomo-archive-exporter.merged" (list (fromYaml $pod) (omit $patch "containers")) | fromYaml -}}
  {{- $containers := list -}}
  {{- range $container := $pod.containers -}}
    {{- range $patch.containers -}}
      {{- if eq .name $container.name -}}
        {{- $container = include "matomo-archive-exporter.merged" (list $container .) | fromYaml -}}
      {{- end -}}
    {{- end -}}
    {{- $containers = append $containers $container -}}
  {{- end -}}
  {{- $pod = set $pod "containers" $containers | toYaml -}}
{{- end -}}
{{- $pod -}}
{{- end }}

{{- define "matomo-archive-exporter.ownPod" -}}
{{- $scheme := include "matomo-archive-exporter.scheme" . | upper -}}
{{- with include "matomo-archive-exporter.imagePullSecrets" . }}
{{- . | nindent 0 }}
{{- end }}
serviceAccountName: {{ include "matomo-archive-exporter.serviceAccountName" . | quote }}
automountServiceAccountToken: false
# Kubernetes would add MATOMO_… variables of every Service whose name begins so.
enableServiceLinks: false
terminationGracePeriodSeconds: {{ .Values.terminationGracePeriodSeconds }}
{{- with .Values.podSecurityContext }}
securityContext:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.priorityClassName }}
priorityClassName: {{ . | quote }}
{{- end }}
{{- with .Values.runtimeClassName }}
runtimeClassName: {{ . | quote }}
{{- end }}
{{- with .Values.hostAliases }}
hostAliases:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.initContainers }}
initContainers:
  {{- tpl (toYaml .) $ | nindent 2 }}
{{- end }}
containers:
  - name: exporter
    image: {{ include "matomo-archive-exporter.image" . | quote }}
    {{- with .Values.image.pullPolicy }}
    imagePullPolicy: {{ . }}
    {{- end }}
    {{- with .Values.extraArgs }}
    args:
      - serve
      {{- toYaml . | nindent 6 }}
    {{- end }}
    env:
      {{- include "matomo-archive-exporter.env" . | trim | nindent 6 }}
    {{- with .Values.extraEnvFrom }}
    envFrom:
      {{- tpl (toYaml .) $ | nindent 6 }}
    {{- end }}
    ports:
      - name: metrics
        containerPort: {{ include "matomo-archive-exporter.port" . }}
    livenessProbe:
      httpGet:
        path: /-/healthy
        port: metrics
        scheme: {{ $scheme }}
      {{- with .Values.livenessProbe }}
      {{- toYaml . | nindent 6 }}
      {{- end }}
    readinessProbe:
      httpGet:
        path: /-/ready
        port: metrics
        scheme: {{ $scheme }}
      {{- with .Values.readinessProbe }}
      {{- toYaml . | nindent 6 }}
      {{- end }}
    {{- with .Values.resources }}
    resources:
      {{- toYaml . | nindent 6 }}
    {{- end }}
    {{- with .Values.securityContext }}
    securityContext:
      {{- toYaml . | nindent 6 }}
    {{- end }}
    {{- $mounts := include "matomo-archive-exporter.volumeMounts" . | trim }}
    {{- if or $mounts .Values.extraVolumeMounts }}
    volumeMounts:
      {{- with $mounts }}
      {{- . | nindent 6 }}
      {{- end }}
      {{- with .Values.extraVolumeMounts }}
      {{- tpl (toYaml .) $ | nindent 6 }}
      {{- end }}
    {{- end }}
  {{- with .Values.extraContainers }}
  {{- tpl (toYaml .) $ | nindent 2 }}
  {{- end }}
{{- $volumes := include "matomo-archive-exporter.volumes" . | trim }}
{{- if or $volumes .Values.extraVolumes }}
volumes:
  {{- with $volumes }}
  {{- . | nindent 2 }}
  {{- end }}
  {{- with .Values.extraVolumes }}
  {{- tpl (toYaml .) $ | nindent 2 }}
  {{- end }}
{{- end }}
{{- with .Values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.affinity }}
affinity:
  {{- tpl (toYaml .) $ | nindent 2 }}
{{- end }}
{{- with .Values.topologySpreadConstraints }}
topologySpreadConstraints:
  {{- tpl (toYaml .) $ | nindent 2 }}
{{- end }}
{{- end }}

{{/* The pod of `helm test`. */}}
{{- define "matomo-archive-exporter.testPod" -}}
{{- with include "matomo-archive-exporter.imagePullSecrets" . }}
{{- . | nindent 0 }}
{{- end }}
serviceAccountName: {{ include "matomo-archive-exporter.serviceAccountName" . | quote }}
automountServiceAccountToken: false
enableServiceLinks: false
# It asks again until its deadline: a Service knows its endpoints a moment after they are ready.
restartPolicy: OnFailure
activeDeadlineSeconds: 120
{{- with .Values.podSecurityContext }}
securityContext:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.priorityClassName }}
priorityClassName: {{ . | quote }}
{{- end }}
{{- with .Values.runtimeClassName }}
runtimeClassName: {{ . | quote }}
{{- end }}
containers:
  - name: healthy
    image: {{ include "matomo-archive-exporter.image" . | quote }}
    {{- with .Values.image.pullPolicy }}
    imagePullPolicy: {{ . }}
    {{- end }}
    args:
      - healthy
      - --url
      - {{ include "matomo-archive-exporter.url" . }}
    {{- with .Values.resources }}
    resources:
      {{- toYaml . | nindent 6 }}
    {{- end }}
    {{- with .Values.securityContext }}
    securityContext:
      {{- toYaml . | nindent 6 }}
    {{- end }}
{{- with .Values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.affinity }}
affinity:
  {{- tpl (toYaml .) $ | nindent 2 }}
{{- end }}
{{- end }}
