{{/* Fails with all values that cannot work together. */}}
{{- define "matomo-archive-exporter.checks" -}}
{{- $db := .Values.database -}}
{{- $ini := .Values.configIni -}}
{{- $web := .Values.web -}}
{{- $monitor := .Values.serviceMonitor -}}
{{- $faults := list -}}

{{- $name := include "matomo-archive-exporter.fullname" . -}}
{{- /* Helm only allows release names in lower case. */ -}}
{{- if not (regexMatch "(?i)^[a-z]([-a-z0-9]*[a-z0-9])?$" $name) -}}
  {{- $faults = append $faults (printf "fullnameOverride: %s is not a valid Service name; use letters, digits and dashes, start with a letter, end with a letter or digit" $name) -}}
{{- end -}}
{{- $service := .Values.service -}}
{{- if and (ne $service.type "LoadBalancer") (or $service.loadBalancerSourceRanges $service.loadBalancerClass) -}}
  {{- $faults = append $faults "service.type: loadBalancerSourceRanges and loadBalancerClass need LoadBalancer; set it, or remove them" -}}
{{- end -}}
{{- if and (eq $service.type "ClusterIP") (or $service.externalTrafficPolicy $service.nodePort) -}}
  {{- $faults = append $faults "service.type: externalTrafficPolicy and nodePort need NodePort or LoadBalancer; set one, or remove them" -}}
{{- end -}}

{{- /* Only the names in extraEnv count here, not the values. */ -}}
{{- $elsewhere := or $ini.existingSecret $ini.existingConfigMap $ini.existingClaim .Values.extraEnvFrom -}}
{{- $variables := list -}}
{{- range .Values.extraEnv }}{{ $variables = append $variables .name }}{{ end -}}
{{- $hasIni := has "MATOMO_CONFIG_INI" $variables -}}
{{- $hasPassword := or (has "MATOMO_DATABASE_PASSWORD" $variables) (has "MATOMO_DATABASE_PASSWORD_FILE" $variables) -}}
{{- $hasUser := or (has "MATOMO_DATABASE_USERNAME" $variables) (has "MATOMO_DATABASE_USERNAME_FILE" $variables) -}}
{{- $hasHost := or (has "MATOMO_DATABASE_HOST" $variables) (has "MATOMO_DATABASE_HOST_FILE" $variables) (has "MATOMO_DATABASE_UNIX_SOCKET" $variables) -}}

{{- $ways := compact (list $db.existingSecret $db.password ($db.passwordFile | default "")) -}}
{{- if gt (len $ways) 1 -}}
  {{- $faults = append $faults "database: set only one of existingSecret, password and passwordFile" -}}
{{- else if not (or $ways $elsewhere $hasIni $hasPassword) -}}
  {{- $faults = append $faults "database.existingSecret is missing: name the Secret with the password (or set database.passwordFile or configIni)" -}}
{{- end -}}
{{- range $name := list "username" "host" "dbname" -}}
  {{- $key := printf "%sKey" $name -}}
  {{- if get $db $key -}}
    {{- if get $db $name }}{{ $faults = append $faults (printf "database: set %s or %s, not both" $name $key) }}{{ end -}}
    {{- if not $db.existingSecret }}{{ $faults = append $faults (printf "database.%s needs database.existingSecret: name the Secret that has this key" $key) }}{{ end -}}
  {{- end -}}
{{- end -}}
{{- if not (or $db.host $db.hostKey $db.unixSocket $elsewhere $hasIni $hasHost) -}}
  {{- $faults = append $faults "database.host is missing: set it (or hostKey, unixSocket, configIni)" -}}
{{- end -}}
{{- if not (or $db.username $db.usernameKey $elsewhere $hasIni $hasUser) -}}
  {{- $faults = append $faults "database.username is missing: set it (or usernameKey, configIni)" -}}
{{- end -}}
{{- if ne (empty $db.tls.certKey) (empty $db.tls.keyKey) -}}
  {{- $faults = append $faults "database.tls: set certKey and keyKey together" -}}
{{- else if and $db.tls.certKey (not $db.tls.existingSecret) -}}
  {{- $faults = append $faults "database.tls.certKey needs database.tls.existingSecret: name the Secret that has this key" -}}
{{- else if and $db.tls.existingSecret (not $db.tls.certKey) (or $db.tls.existingConfigMap (not $db.tls.caKey)) -}}
  {{- $faults = append $faults "database.tls.existingSecret is not used: set certKey and keyKey, or caKey" -}}
{{- end -}}

{{- if gt (len (compact (list $ini.existingSecret $ini.existingConfigMap $ini.existingClaim))) 1 -}}
  {{- $faults = append $faults "configIni: set only one of existingSecret, existingConfigMap and existingClaim" -}}
{{- end -}}

{{- $hasLog := or .Values.archiver.logFile (has "MATOMO_ARCHIVER_LOG_FILE" $variables) .Values.extraEnvFrom -}}
{{- if and .Values.archiver.logClaim (not $hasLog) -}}
  {{- $faults = append $faults "archiver.logFile is missing: set the path of the log in archiver.logClaim, below /var/log/matomo" -}}
{{- end -}}

{{- $webs := compact (list $web.existingSecret ($web.configFile | default "") (empty $web.config | ternary "" "config")) -}}
{{- if gt (len $webs) 1 -}}
  {{- $faults = append $faults "web: set only one of config, existingSecret and configFile" -}}
{{- else if and $web.tls.enabled (not (include "matomo-archive-exporter.hasTls" .)) -}}
  {{- $faults = append $faults "web.tls.enabled: no web config file has TLS; set web.tls.existingSecret, web.existingSecret or web.configFile" -}}
{{- end -}}
{{- range $check := list "misplaced" "twice" "bounds" "plainPasswords" "podSpecChecks" -}}
  {{- $faults = concat $faults (include (printf "matomo-archive-exporter.%s" $check) $ | fromYamlArray) -}}
{{- end -}}

{{- if $monitor.enabled -}}
  {{- if .Values.service.scrapeAnnotations -}}
    {{- $faults = append $faults "serviceMonitor.enabled and service.scrapeAnnotations: Prometheus would scrape twice; set only one of them" -}}
  {{- end -}}
  {{- $waits := include "matomo-archive-exporter.seconds" $monitor.scrapeTimeout | float64 -}}
  {{- if and $monitor.interval (gt $waits (include "matomo-archive-exporter.seconds" $monitor.interval | float64)) -}}
    {{- $faults = append $faults "serviceMonitor.scrapeTimeout is above serviceMonitor.interval, and the operator would drop the ServiceMonitor; lower it" -}}
  {{- end -}}
  {{- if and (eq ($monitor.scheme | default (include "matomo-archive-exporter.scheme" .)) "https") (not $monitor.tlsConfig) -}}
    {{- $faults = append $faults "serviceMonitor.tlsConfig is missing: set how Prometheus verifies the exporter (ca and serverName, or insecureSkipVerify: true)" -}}
  {{- end -}}
{{- end -}}

{{- with $faults }}{{ fail (printf "\n- %s" (join "\n- " .)) }}{{ end -}}
{{- end }}

{{/* Options for which ports, probes, Service and ServiceMonitor read the values only. */}}
{{- define "matomo-archive-exporter.misplaced" -}}
{{- $options := dict "listenAddress" "listen-address" "telemetryPath" "telemetry-path" "configFile" "config.file" -}}
{{- range $value := list "listenAddress" "telemetryPath" "configFile" -}}
  {{- $flag := printf "--web.%s" (get $options $value) -}}
  {{- range $.Values.extraArgs -}}
    {{- if eq (splitList "=" . | first) $flag }}
- {{ printf "extraArgs: set web.%s instead of %s" $value $flag | quote }}
    {{- end -}}
  {{- end -}}
  {{- $variable := printf "MATOMO_WEB_%s" (regexReplaceAll "[-.]" (get $options $value) "_" | upper) -}}
  {{- range $.Values.extraEnv -}}
    {{- if eq .name $variable }}
- {{ printf "extraEnv: set web.%s instead of %s" $value $variable | quote }}
    {{- end -}}
  {{- end -}}
{{- end -}}
{{- end }}
