using System.Reflection;
using System.Text;
using System.Text.Json.Nodes;
using Crater.Diagnostics;
using Crater.Documents;
using Crater.Kubernetes.Client;
using Crater.Kubernetes.Operator;

namespace Crater.Kubernetes.Install;

/// <summary>What is to be installed.</summary>
public sealed record InstallOptions
{
    /// <summary>Where Crater lives.</summary>
    public string Home { get; init; } = CraterKinds.HomeSpace;

    /// <summary>The one namespace that is looked after, with Roles; empty for the whole cluster.</summary>
    public string Namespaced { get; init; } = "";

    /// <summary>The server's image; empty for the release's own.</summary>
    public string Image { get; init; } = "";

    /// <summary>The image of agent pods; empty for the release's own.</summary>
    public string AgentImage { get; init; } = "";

    /// <value>Processes that stand by for each other. At least 1. Default 2.</value>
    public int Replicas { get; init; } = 2;

    /// <summary>Rights for LitmusChaos, and for Chaos Mesh.</summary>
    public bool Litmus { get; init; }

    /// <inheritdoc cref="Litmus"/>
    public bool ChaosMesh { get; init; }

    /// <summary>An agent that is always on every node, instead of pods that come and go with runs.</summary>
    public bool AgentDaemonSet { get; init; }

    /// <summary>The validating webhook. Its certificate is that of the Secret crater-webhook; where there is none, one is made.</summary>
    public bool Webhook { get; init; }

    /// <summary>Alerts for the Prometheus operator.</summary>
    public bool PrometheusRule { get; init; }

    /// <summary>The operator's own metrics for service accounts that may get <c>/metrics</c>, over TLS.</summary>
    public bool AccountMetrics { get; init; }

    /// <summary>The operator's own metrics for the Prometheus operator.</summary>
    public bool PodMonitor { get; init; }
}

/// <summary>The chart as it is built in: the one source of what Helm, the plain manifests and <c>craterctl install</c> apply.</summary>
public static class Chart
{
    private const string Folder = "chart/";

    /// <summary>What is applied by <c>craterctl install</c> says so.</summary>
    public const string ManagedBy = "craterctl";

    /// <summary>All texts in the order in which they have to be applied, by the names of their files.</summary>
    public static IEnumerable<(string Name, string Text)> Render(InstallOptions options)
    {
        var root = Root(options);
        foreach (var name in Names("crds/"))
        {
            yield return (name, Read(name));
        }

        foreach (var name in Names("templates/"))
        {
            if (Template.Render(Read(name), root) is var text && HasContent(text))
            {
                yield return (name, text);
            }
        }
    }

    /// <summary>One file for <c>kubectl apply --server-side</c>.</summary>
    public static string Manifest(InstallOptions options) => string.Join("---\n", Render(options).OrderBy(one => !one.Name.EndsWith("namespace.yaml", StringComparison.Ordinal)).Select(one => one.Text.TrimStart('\n')));

    /// <summary>The agents' DaemonSet with its namespace, for whom <c>craterctl</c> alone is enough.</summary>
    public static string AgentManifest(InstallOptions options) => string.Join("---\n",
        Render(options with { AgentDaemonSet = true }).Where(one => one.Name is "templates/namespace.yaml" or "templates/agents.yaml").OrderByDescending(one => one.Name, StringComparer.Ordinal).Select(one => one.Text));

    /// <summary>Every object, in the order in which they have to be applied.</summary>
    public static IReadOnlyList<JsonObject> Objects(InstallOptions options) =>
        [.. Render(options).SelectMany(one => Documents(one.Text)).OrderBy(one => InstalledKinds.Rank(one.Text("kind")))];

    internal static IEnumerable<JsonObject> Documents(string text)
    {
        foreach (var part in $"\n{text}".Split("\n---"))
        {
            if (HasContent(part))
            {
                yield return DocumentReader.Read(part, DocumentFormat.Yaml) is { HasErrors: false } document && document.Root!.ToJson() is JsonObject one ? one
                    : throw new CraterException("CRT8608", "A manifest that is built in is no YAML object.");
            }
        }
    }

    private static JsonObject Root(InstallOptions options)
    {
        var values = DocumentReader.Read(Read("values.yaml"), DocumentFormat.Yaml).Root!.ToJson()!.AsObject();
        values["namespace"]!["create"] = true;
        values["namespaced"] = options.Namespaced;
        values["operator"]!["replicas"] = options.Replicas;
        values["agents"] = options.Namespaced.Length == 0;
        values["agentDaemonSet"]!["enabled"] = options.AgentDaemonSet;
        values["webhook"]!["enabled"] = options.Webhook;
        values["metrics"]!["serviceAccounts"] = options.AccountMetrics;
        (values["litmus"], values["chaosMesh"], values["prometheusRule"], values["podMonitor"]) = (options.Litmus, options.ChaosMesh, options.PrometheusRule, options.PodMonitor);
        if (options.Image.Length > 0)
        {
            values["image"]!["server"] = options.Image;
        }

        values["image"]!["agent"] = options.AgentImage;
        var version = typeof(Chart).Assembly.GetName().Version!.ToString(3);
        return new JsonObject
        {
            ["Values"] = values,
            ["Release"] = new JsonObject { ["Namespace"] = options.Home, ["Service"] = ManagedBy },
            ["Chart"] = new JsonObject { ["AppVersion"] = version },
        };
    }

    private static bool HasContent(string text) => text.Split('\n').Any(line => line.Trim() is { Length: > 0 } kept && kept != "---" && !kept.StartsWith('#'));

    private static IEnumerable<string> Names(string below) =>
        Assembly.GetExecutingAssembly().GetManifestResourceNames().Where(name => name.StartsWith(Folder + below, StringComparison.Ordinal)).Select(name => name[Folder.Length..]).Order(StringComparer.Ordinal);

    private static string Read(string name)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(Folder + name)!;
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return reader.ReadToEnd();
    }
}
