{{/* Variables, volumes and mounts made of the exporter's options. */}}

{{- define "matomo-archive-exporter.folder" -}}/etc/matomo-archive-exporter{{- end }}

{{/* Helm keeps numbers as floats: 5000000 would be written 5e+06. */}}
{{- define "matomo-archive-exporter.text" -}}
{{- if and (kindIs "float64" .) (eq (toString .) (toString (floor .))) }}{{ int64 . }}{{ else }}{{ . }}{{ end -}}
{{- end }}

{{/* Environment variables, not flags: `check` in the container has them too, and an option in extraArgs wins.
     Secrets are files, because the exporter reads files again for each reading. */}}
{{- define "matomo-archive-exporter.env" -}}
{{- $folder := include "matomo-archive-exporter.folder" . -}}
{{- $charts := dict
      "database" (list "existingSecret" "passwordKey" "usernameKey" "hostKey" "dbnameKey" "password" "tls")
      "archiver" (list "logClaim")
      "web" (list "config" "existingSecret" "existingSecretKey" "tls") -}}
{{- $env := dict -}}
{{- range $group := list "database" "archiver" "collect" "web" "log" -}}
  {{- range $key, $value := index $.Values $group -}}
    {{- $isEmpty := and (eq (toString $value) "") (ne $key "tablesPrefix") -}}
    {{- if not (or (has $key (get $charts $group | default list)) (kindIs "invalid" $value) $isEmpty) -}}
      {{- $name := regexReplaceAll "([A-Z])" $key "_${1}" | upper -}}
      {{- $_ := set $env (printf "MATOMO_%s_%s" (upper $group) $name) (tpl (include "matomo-archive-exporter.text" $value) $) -}}
    {{- end -}}
  {{- end -}}
{{- end -}}
{{- range $name, $_ := include "matomo-archive-exporter.databaseFiles" . | fromYaml -}}
  {{- $_ := set $env (printf "MATOMO_DATABASE_%s_FILE" (upper $name)) (printf "%s/database/%s" $folder $name) -}}
{{- end -}}
{{- $tls := .Values.database.tls -}}
{{- $mode := $tls.mode -}}
{{- range $name, $_ := include "matomo-archive-exporter.databaseTlsFiles" . | fromYaml -}}
  {{- $_ := set $env (printf "MATOMO_DATABASE_SSL_%s" (upper $name)) (printf "%s/database-tls/%s" $folder $name) -}}
  {{- if eq $name "ca" }}{{ $mode = $mode | default "verify" }}{{ end -}}
{{- end -}}
{{- with $mode }}{{ $_ := set $env "MATOMO_DATABASE_SSL_MODE" . }}{{ end -}}
{{- with include "matomo-archive-exporter.configIniName" . -}}
  {{- $_ := set $env "MATOMO_CONFIG_INI" (printf "%s/matomo/%s" $folder .) -}}
{{- end -}}
{{- if .Values.web.existingSecret -}}
  {{- $_ := set $env "MATOMO_WEB_CONFIG_FILE" (printf "%s/web/%s" $folder .Values.web.existingSecretKey) -}}
{{- else if include "matomo-archive-exporter.webConfig" . -}}
  {{- $_ := set $env "MATOMO_WEB_CONFIG_FILE" (printf "%s/web/web-config.yml" $folder) -}}
{{- end -}}
{{- /* A variable in extraEnv wins, also in its other form: the exporter refuses PASSWORD with PASSWORD_FILE. */}}
{{- $given := list -}}
{{- $extra := tpl (toYaml (.Values.extraEnv | default list)) . | fromYamlArray -}}
{{- range $extra }}{{ $given = append $given (trimSuffix "_FILE" .name) }}{{ end -}}
{{- range $name, $value := $env }}
{{- if not (has (trimSuffix "_FILE" $name) $given) }}
- name: {{ $name }}
  {{- /* The API server drops an empty value, and kubectl would always show a difference. */}}
  {{- with $value }}
  value: {{ . | quote }}
  {{- end }}
{{- end }}
{{- end }}
{{- with $extra }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/* Map of files to keys in the Secret of the database. */}}
{{- define "matomo-archive-exporter.databaseFiles" -}}
{{- $db := .Values.database -}}
{{- if $db.existingSecret -}}
password: {{ $db.passwordKey | quote }}
{{- range $name := list "username" "host" "dbname" }}
  {{- with get $db (printf "%sKey" $name) }}
{{ $name }}: {{ . | quote }}
  {{- end }}
{{- end }}
{{- else if $db.password -}}
password: password
{{- end }}
{{- end }}

{{/* Map of files to keys for TLS to the database. */}}
{{- define "matomo-archive-exporter.databaseTlsFiles" -}}
{{- $tls := .Values.database.tls -}}
{{- if and $tls.caKey (or $tls.existingSecret $tls.existingConfigMap) }}
ca: {{ $tls.caKey | quote }}
{{- end }}
{{- if and $tls.certKey $tls.existingSecret }}
cert: {{ $tls.certKey | quote }}
key: {{ $tls.keyKey | quote }}
{{- end }}
{{- end }}

{{/* Name of Matomo's config.ini.php in its folder, or nothing. */}}
{{- define "matomo-archive-exporter.configIniName" -}}
{{- with .Values.configIni -}}
{{- if .existingClaim }}{{ base .path }}{{ else if or .existingSecret .existingConfigMap }}config.ini.php{{ end -}}
{{- end -}}
{{- end }}

{{/* The web config file that the chart makes, or nothing. */}}
{{- define "matomo-archive-exporter.webConfig" -}}
{{- $web := .Values.web -}}
{{- $config := deepCopy ($web.config | default dict) -}}
{{- if and $web.tls.existingSecret (not $web.existingSecret) (not $web.configFile) -}}
  {{- $folder := printf "%s/web-tls" (include "matomo-archive-exporter.folder" .) -}}
  {{- $tls := get $config "tls_server_config" | default dict -}}
  {{- /* Keep a certificate or key that web.config has, as text or as a file: the exporter allows only one. */ -}}
  {{- if not (or $tls.cert $tls.cert_file) }}{{ $_ := set $tls "cert_file" (printf "%s/%s" $folder $web.tls.certKey) }}{{ end -}}
  {{- if not (or $tls.key $tls.key_file) }}{{ $_ := set $tls "key_file" (printf "%s/%s" $folder $web.tls.keyKey) }}{{ end -}}
  {{- $_ := set $config "tls_server_config" $tls -}}
{{- end -}}
{{- if $config }}{{ toYaml $config }}{{ end -}}
{{- end }}

{{/* Volumes, named like their folders. Mode 0444, because root owns the files; the pod has no other user. */}}
{{- define "matomo-archive-exporter.volumes" -}}
{{- $name := include "matomo-archive-exporter.fullname" . -}}
{{- with include "matomo-archive-exporter.databaseFiles" . | fromYaml }}
- name: database
  secret:
    secretName: {{ tpl ($.Values.database.existingSecret | default (printf "%s-database" $name)) $ | quote }}
    defaultMode: 0444
    items:
      {{- include "matomo-archive-exporter.items" . | trim | nindent 6 }}
{{- end }}
{{- with include "matomo-archive-exporter.databaseTlsFiles" . | fromYaml }}
- name: database-tls
  projected:
    defaultMode: 0444
    sources:
      {{- with $.Values.database.tls.existingConfigMap }}
      - configMap:
          name: {{ tpl . $ | quote }}
          items:
            {{- include "matomo-archive-exporter.items" (dict "ca" $.Values.database.tls.caKey) | trim | nindent 12 }}
      {{- end }}
      {{- with empty $.Values.database.tls.existingConfigMap | ternary . (omit . "ca") }}
      - secret:
          name: {{ tpl $.Values.database.tls.existingSecret $ | quote }}
          items:
            {{- include "matomo-archive-exporter.items" . | trim | nindent 12 }}
      {{- end }}
{{- end }}
{{- with .Values.configIni }}
{{- if .existingClaim }}
- name: matomo
  persistentVolumeClaim:
    claimName: {{ tpl .existingClaim $ | quote }}
    # Read-only, so that Kubernetes does not change the owner of the files.
    readOnly: true
{{- else if .existingSecret }}
- name: matomo
  secret:
    secretName: {{ tpl .existingSecret $ | quote }}
    defaultMode: 0444
    items:
      {{- include "matomo-archive-exporter.items" (dict "config.ini.php" .key) | trim | nindent 6 }}
{{- else if .existingConfigMap }}
- name: matomo
  configMap:
    name: {{ tpl .existingConfigMap $ | quote }}
    defaultMode: 0444
    items:
      {{- include "matomo-archive-exporter.items" (dict "config.ini.php" .key) | trim | nindent 6 }}
{{- end }}
{{- end }}
{{- with .Values.archiver.logClaim }}
- name: archiver-log
  persistentVolumeClaim:
    claimName: {{ tpl . $ | quote }}
    readOnly: true
{{- end }}
{{- if or .Values.web.existingSecret (include "matomo-archive-exporter.webConfig" .) }}
- name: web
  secret:
    secretName: {{ tpl (.Values.web.existingSecret | default (printf "%s-web" $name)) $ | quote }}
    defaultMode: 0444
{{- end }}
{{- with .Values.web.tls.existingSecret }}
- name: web-tls
  secret:
    secretName: {{ tpl . $ | quote }}
    defaultMode: 0444
{{- end }}
{{- end }}

{{- define "matomo-archive-exporter.items" -}}
{{- range $path, $key := . }}
- key: {{ $key | quote }}
  path: {{ $path }}
{{- end }}
{{- end }}

{{/* Whole folders, because a file mounted by subPath never changes. */}}
{{- define "matomo-archive-exporter.volumeMounts" -}}
{{- $folder := include "matomo-archive-exporter.folder" . -}}
{{- range include "matomo-archive-exporter.volumes" . | fromYamlArray }}
- name: {{ .name }}
  mountPath: {{ eq .name "archiver-log" | ternary "/var/log/matomo" (printf "%s/%s" $folder .name) }}
  readOnly: true
  {{- if and .persistentVolumeClaim (eq .name "matomo") }}
  {{- with dir $.Values.configIni.path | trimPrefix "." }}
  # Only the folder of config.ini.php.
  subPath: {{ . }}
  {{- end }}
  {{- end }}
{{- end }}
{{- end }}
