namespace Crater.Kubernetes.Install;

/// <summary>deploy/chart/templates/alerts.yaml, made of the rules that deploy/observability has.</summary>
public static class RulesTemplate
{
    /// <param name="rules">deploy/observability/prometheus/crater.rules.yml.</param>
    public static string Text(string rules) => """
        # Made of deploy/observability/prometheus/crater.rules.yml.
        {{- if .Values.prometheusRule }}
        apiVersion: monitoring.coreos.com/v1
        kind: PrometheusRule
        metadata:
          name: crater
          namespace: {{ .Release.Namespace }}
          labels:
            app.kubernetes.io/name: crater
            app.kubernetes.io/managed-by: {{ .Release.Service }}
        spec:

        """ + string.Concat(rules[rules.IndexOf("groups:", StringComparison.Ordinal)..].TrimEnd('\n').Split('\n').Select(line => $"  {line}\n")) + "{{- end }}\n";
}
