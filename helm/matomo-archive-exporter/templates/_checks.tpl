{{/* Values that cannot work together, all of them at once. */}}
{{- define "matomo-archive-exporter.checks" -}}
{{- $db := .Values.database -}}
{{- $ini := .Values.configIni -}}
{{- $web := .Values.web -}}
{{- $monitor := .Values.serviceMonitor -}}
{{- $faults := list -}}

{{- $name := include "matomo-archive-exporter.fullname" . -}}
{{- /* Helm takes releases in small letters only. */ -}}
{{- if not (regexMatch "(?i)^[a-z]([-a-z0-9]*[a-z0-9])?$" $name) -}}
  {{- $faults = append $faults (printf "fullnameOverride: a Service cannot be called %s; its name has letters, digits and dashes, begins with a letter and does not end with a dash" $name) -}}
{{- end -}}
{{- $service := .Values.service -}}
{{- if and (ne $service.type "LoadBalancer") (or $service.loadBalancerSourceRanges $service.loadBalancerClass) -}}
  {{- $faults = append $faults "service: loadBalancerSourceRanges and loadBalancerClass are for the type LoadBalancer" -}}
{{- end -}}
{{- if and (eq $service.type "ClusterIP") (or $service.externalTrafficPolicy $service.nodePort) -}}
  {{- $faults = append $faults "service: externalTrafficPolicy and nodePort are for the types NodePort and LoadBalancer" -}}
{{- end -}}

{{- /* What an extraEnv says is not looked at, only whether it may say it. */ -}}
{{- $elsewhere := or $ini.existingSecret $ini.existingConfigMap $ini.existingClaim .Values.extraEnvFrom -}}
{{- $variables := list -}}
{{- range .Values.extraEnv }}{{ $variables = append $variables .name }}{{ end -}}
{{- $hasIni := has "MATOMO_CONFIG_INI" $variables -}}
{{- $hasPassword := or (has "MATOMO_DATABASE_PASSWORD" $variables) (has "MATOMO_DATABASE_PASSWORD_FILE" $variables) -}}
{{- $hasUser := or (has "MATOMO_DATABASE_USERNAME" $variables) (has "MATOMO_DATABASE_USERNAME_FILE" $variables) -}}
{{- $hasHost := or (has "MATOMO_DATABASE_HOST" $variables) (has "MATOMO_DATABASE_HOST_FILE" $variables) (has "MATOMO_DATABASE_UNIX_SOCKET" $variables) -}}

{{- $ways := compact (list $db.existingSecret $db.password ($db.passwordFile | default "")) -}}
{{- if gt (len $ways) 1 -}}
  {{- $faults = append $faults "database: give one of existingSecret, password and passwordFile" -}}
{{- else if not (or $ways $elsewhere $hasIni $hasPassword) -}}
  {{- $faults = append $faults "database.existingSecret is missing: the Secret with the password (or configIni, database.passwordFile)" -}}
{{- end -}}
{{- range $name := list "username" "host" "dbname" -}}
  {{- $key := printf "%sKey" $name -}}
  {{- if get $db $key -}}
    {{- if get $db $name }}{{ $faults = append $faults (printf "database: give %s or %s, not both" $name $key) }}{{ end -}}
    {{- if not $db.existingSecret }}{{ $faults = append $faults (printf "database.%s: is a key of database.existingSecret, which is missing" $key) }}{{ end -}}
  {{- end -}}
{{- end -}}
{{- if not (or $db.host $db.hostKey $db.unixSocket $elsewhere $hasIni $hasHost) -}}
  {{- $faults = append $faults "database.host is missing (or hostKey, unixSocket, configIni)" -}}
{{- end -}}
{{- if not (or $db.username $db.usernameKey $elsewhere $hasIni $hasUser) -}}
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

{{- $hasLog := or .Values.archiver.logFile (has "MATOMO_ARCHIVER_LOG_FILE" $variables) .Values.extraEnvFrom -}}
{{- if and .Values.archiver.logClaim (not $hasLog) -}}
  {{- $faults = append $faults "archiver.logFile is missing: the log in archiver.logClaim, below /var/log/matomo" -}}
{{- end -}}

{{- $webs := compact (list $web.existingSecret ($web.configFile | default "") (empty $web.config | ternary "" "config")) -}}
{{- if gt (len $webs) 1 -}}
  {{- $faults = append $faults "web: give one of config, existingSecret and configFile" -}}
{{- else if and $web.tls.enabled (not (include "matomo-archive-exporter.hasTls" .)) -}}
  {{- $faults = append $faults "web.tls.enabled: no web config file has it; give web.tls.existingSecret, web.existingSecret or web.configFile" -}}
{{- end -}}
{{- range $check := list "misplaced" "twice" "bounds" "plainPasswords" "podSpecChecks" -}}
  {{- $faults = concat $faults (include (printf "matomo-archive-exporter.%s" $check) $ | fromYamlArray) -}}
{{- end -}}

{{- if $monitor.enabled -}}
  {{- if .Values.service.scrapeAnnotations -}}
    {{- $faults = append $faults "serviceMonitor.enabled and service.scrapeAnnotations: it would be scraped twice" -}}
  {{- end -}}
  {{- $waits := include "matomo-archive-exporter.seconds" $monitor.scrapeTimeout | float64 -}}
  {{- if and $monitor.interval (gt $waits (include "matomo-archive-exporter.seconds" $monitor.interval | float64)) -}}
    {{- $faults = append $faults "serviceMonitor.scrapeTimeout: is above serviceMonitor.interval, and Prometheus' operator would drop all of it" -}}
  {{- end -}}
  {{- if and (eq ($monitor.scheme | default (include "matomo-archive-exporter.scheme" .)) "https") (not $monitor.tlsConfig) -}}
    {{- $faults = append $faults "serviceMonitor.tlsConfig is missing: how Prometheus verifies the exporter (ca and serverName, or insecureSkipVerify: true)" -}}
  {{- end -}}
{{- end -}}

{{- with $faults }}{{ fail (printf "\n- %s" (join "\n- " .)) }}{{ end -}}
{{- end }}

{{/* Options that ports, probes, Service and ServiceMonitor go by: these read the values alone. */}}
{{- define "matomo-archive-exporter.misplaced" -}}
{{- $options := dict "listenAddress" "listen-address" "telemetryPath" "telemetry-path" "configFile" "config.file" -}}
{{- range $value := list "listenAddress" "telemetryPath" "configFile" -}}
  {{- $flag := printf "--web.%s" (get $options $value) -}}
  {{- range $.Values.extraArgs -}}
    {{- if eq (splitList "=" . | first) $flag }}
- {{ printf "extraArgs: %s is web.%s" $flag $value | quote }}
    {{- end -}}
  {{- end -}}
  {{- $variable := printf "MATOMO_WEB_%s" (regexReplaceAll "[-.]" (get $options $value) "_" | upper) -}}
  {{- range $.Values.extraEnv -}}
    {{- if eq .name $variable }}
- {{ printf "extraEnv: %s is web.%s" $variable $value | quote }}
    {{- end -}}
  {{- end -}}
{{- end -}}
{{- end }}
