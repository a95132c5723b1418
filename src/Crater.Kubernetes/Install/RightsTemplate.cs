using System.Text;
using Crater.Kubernetes.Doctor;

namespace Crater.Kubernetes.Install;

/// <summary>deploy/chart/templates/rights.yaml, made of the table of permissions.</summary>
public static class RightsTemplate
{
    private const string Labels = "  labels:\n    app.kubernetes.io/name: crater\n    app.kubernetes.io/managed-by: {{ .Release.Service }}\n";

    public static string Text()
    {
        var text = new StringBuilder("# Made of the table that `craterctl doctor` asks by; docs/permissions.md has it.\n{{- if not .Values.namespaced }}\n");
        foreach (var set in (PermissionSet[])[Permissions.Inventory, Permissions.KubernetesDriver, Permissions.Operator])
        {
            Role(text, set);
            Binding(text, set, "ClusterRoleBinding", "ClusterRole", "");
        }

        text.Append("{{- end }}\n");
        Optional(text, Permissions.Agent, "agents", isHomeOnly: true);
        Optional(text, Permissions.Litmus, "litmus", isHomeOnly: false);
        Optional(text, Permissions.ChaosMesh, "chaosMesh", isHomeOnly: false);
        Optional(text, Permissions.Metrics, "metrics.serviceAccounts", isHomeOnly: false);
        text.Append("{{- if .Values.metrics.serviceAccounts }}\n");
        Role(text, Permissions.MetricsReader);
        text.Append("{{- end }}\n");
        text.Append("{{- if .Values.namespaced }}\n");
        foreach (var space in (string[])["{{ .Release.Namespace }}", "{{ .Values.namespaced }}"])
        {
            Role(text, Permissions.NamespacedOperator, space);
            Binding(text, Permissions.NamespacedOperator, "RoleBinding", "Role", space);
        }

        return text.Append("{{- end }}\n").ToString();
    }

    /// <param name="isHomeOnly">What it may, it may in Crater's own namespace alone.</param>
    private static void Optional(StringBuilder text, PermissionSet set, string value, bool isHomeOnly)
    {
        text.Append($"{{{{- if .Values.{value} }}}}\n");
        Role(text, set);
        Binding(text, set, isHomeOnly ? "RoleBinding" : "ClusterRoleBinding", "ClusterRole", isHomeOnly ? "{{ .Release.Namespace }}" : "");
        text.Append("{{- end }}\n");
    }

    private static void Role(StringBuilder text, PermissionSet set, string space = "")
    {
        text.Append($"---\napiVersion: rbac.authorization.k8s.io/v1\nkind: {(space.Length > 0 ? "Role" : "ClusterRole")}\nmetadata:\n  name: {set.Role}\n{Place(space)}{Labels}rules:\n");
        PermissionText.Rules(text, set);
    }

    private static void Binding(StringBuilder text, PermissionSet set, string kind, string role, string space) => text.Append($$$"""
        ---
        apiVersion: rbac.authorization.k8s.io/v1
        kind: {{{kind}}}
        metadata:
          name: {{{set.Role}}}
        {{{Place(space)}}}{{{Labels}}}roleRef:
          apiGroup: rbac.authorization.k8s.io
          kind: {{{role}}}
          name: {{{set.Role}}}
        subjects:
          - kind: ServiceAccount
            name: crater-operator
            namespace: {{ .Release.Namespace }}

        """);

    private static string Place(string space) => space.Length > 0 ? $"  namespace: {space}\n" : "";
}
