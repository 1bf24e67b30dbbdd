{{/* Values that cannot work together, all of them at once. */}}
{{- define "matomo-archive-exporter.checks" -}}
{{- $db := .Values.database -}}
{{- $ini := .Values.configIni -}}
{{- $web := .Values.web -}}
{{- $monitor := .Values.serviceMonitor -}}
{{- $faults := list -}}

{{- /* What an extraEnv says is not looked at, only whether it may say it. */ -}}
{{- $elsewhere := or $ini.existingSecret $ini.existingConfigMap $ini.existingClaim .Values.extraEnvFrom -}}
{{- $variables := list -}}
{{- range .Values.extraEnv }}{{ $variables = append $variables .name }}{{ end -}}
{{- $given := regexMatch "MATOMO_(DATABASE_PASSWORD|CONFIG_INI)" (join " " $variables) -}}

{{- $ways := compact (list $db.existingSecret $db.password ($db.passwordFile | default "")) -}}
{{- if gt (len $ways) 1 -}}
  {{- $faults = append $faults "database: give one of existingSecret, password and passwordFile" -}}
{{- else if not (or $ways $elsewhere $given) -}}
  {{- $faults = append $faults "database.existingSecret is missing: the Secret with the password (or configIni, database.passwordFile)" -}}
{{- end -}}
{{- range $name := list "username" "host" "dbname" -}}
  {{- $key := printf "%sKey" $name -}}
  {{- if get $db $key -}}
    {{- if get $db $name }}{{ $faults = append $faults (printf "database: give %s or %s, not both" $name $key) }}{{ end -}}
    {{- if not $db.existingSecret }}{{ $faults = append $faults (printf "database.%s: is a key of database.existingSecret, which is missing" $key) }}{{ end -}}
  {{- end -}}
{{- end -}}
{{- if not (or $db.host $db.hostKey $db.unixSocket $elsewhere (regexMatch "MATOMO_(DATABASE_HOST|DATABASE_UNIX_SOCKET|CONFIG_INI)" (join " " $variables))) -}}
  {{- $faults = append $faults "database.host is missing (or hostKey, unixSocket, configIni)" -}}
{{- end -}}
{{- if not (or $db.username $db.usernameKey $elsewhere (regexMatch "MATOMO_(DATABASE_USERNAME|CONFIG_INI)" (join " " $variables))) -}}
  {{- $faults = append $faults "database.username is missing (or usernameKey, configIni)" -}}
{{- end -}}
{{- if ne (empty $db.tls.certKey) (empty $db.tls.keyKey) -}}
  {{- $faults = append $faults "database.tls: certKey and keyKey go together" -}}
{{- else if and $db.tls.certKey (not $db.tls.existingSecret) -}}
  {{- $faults = append $faults "database.tls.certKey: is a key of database.tls.existingSecret, which is missing" -}}
{{- else if and $db.tls.existingSecret (not $db.tls.certKey) (or $db.tls.existingConfigMap (not $db.tls.caKey)) -}}
  {{- $faults = append $faults "database.tls.existingSecret: nothing of it would be used; give certKey and keyKey, or caKey" -}}
{{- end -}}

{{- if gt (len (compact (list $ini.existingSecret $ini.existingConfigMap $ini.existingClaim))) 1 -}}
  {{- $faults = append $faults "configIni: give one of existingSecret, existingConfigMap and existingClaim" -}}
{{- end -}}

{{- $webs := compact (list $web.existingSecret ($web.configFile | default "") (empty $web.config | ternary "" "config")) -}}
{{- if gt (len $webs) 1 -}}
  {{- $faults = append $faults "web: give one of config, existingSecret and configFile" -}}
{{- else if and $web.tls.enabled (not $webs) (not $web.tls.existingSecret) (not .Values.extraEnv) -}}
  {{- $faults = append $faults "web.tls.enabled: no web config file has it; give web.existingSecret or web.tls.existingSecret" -}}
{{- end -}}

{{- if $monitor.enabled -}}
  {{- if .Values.service.scrapeAnnotations -}}
    {{- $faults = append $faults "serviceMonitor.enabled and service.scrapeAnnotations: it would be scraped twice" -}}
  {{- end -}}
  {{- if and (eq ($monitor.scheme | default (include "matomo-archive-exporter.scheme" .)) "https") (not $monitor.tlsConfig) -}}
    {{- $faults = append $faults "serviceMonitor.tlsConfig is missing: how Prometheus verifies the exporter (ca and serverName, or insecureSkipVerify: true)" -}}
  {{- end -}}
{{- end -}}

{{- with $faults }}{{ fail (printf "\n- %s" (join "\n- " .)) }}{{ end -}}
{{- end }}
