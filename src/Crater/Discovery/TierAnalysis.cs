using System.Text.RegularExpressions;

namespace Crater.Discovery;

/// <summary>Finds out in which tier a component sits, and says why. Stronger evidence first: what people wrote, the image, the ports, names, the graph.</summary>
public static partial class TierAnalysis
{
    private static readonly string[] LabelKeys = ["crater.dev/tier", "tier", "app.kubernetes.io/component", "component"];

    /// <summary>Words that stand for a tier in labels, image names and tags.</summary>
    private static readonly Dictionary<string, Tier> Words = Table(
        (Tier.Edge, "edge gateway ingress router proxy loadbalancer traefik envoy haproxy kong apisix"),
        (Tier.Frontend, "frontend front web ui webapp presentation"),
        (Tier.Backend, "backend api service server middleware application"),
        (Tier.Data, "data db database datastore store storage cache postgres postgresql postgis timescaledb mysql mariadb percona "
            + "mongo mongodb redis valkey memcached cassandra scylla elasticsearch opensearch cockroach etcd clickhouse "
            + "influxdb minio couchdb neo4j mssql sqlserver"),
        (Tier.Queue, "queue broker messaging mq rabbitmq kafka nats activemq artemis pulsar redpanda mosquitto emqx"),
        (Tier.Worker, "worker consumer batch job cron"));

    /// <summary>Registered ports of data stores and brokers (IANA, and the products' own documentation).</summary>
    private static readonly Dictionary<int, (Tier Tier, string What)> Ports = new()
    {
        [5432] = (Tier.Data, "PostgreSQL"),
        [3306] = (Tier.Data, "MySQL"),
        [27017] = (Tier.Data, "MongoDB"),
        [6379] = (Tier.Data, "Redis"),
        [11211] = (Tier.Data, "memcached"),
        [9200] = (Tier.Data, "Elasticsearch"),
        [9042] = (Tier.Data, "Cassandra"),
        [1433] = (Tier.Data, "SQL Server"),
        [5672] = (Tier.Queue, "AMQP"),
        [9092] = (Tier.Queue, "Kafka"),
        [4222] = (Tier.Queue, "NATS"),
        [61616] = (Tier.Queue, "ActiveMQ"),
        [1883] = (Tier.Queue, "MQTT"),
    };

    /// <summary>The tier and the reason for it.</summary>
    public static (Tier Tier, string Reason) Of(Component component, DependencyGraph graph) =>
        component.Kind == Targets.TargetKind.Host ? (Tier.Unknown, "a host, and no part of the application") : FromLabel(component) ?? FromWords(component, graph) ?? FromPosition(component, graph)
        ?? (Tier.Unknown, "no label, known image or port, and no dependency seen");

    private static (Tier, string)? FromLabel(Component component)
    {
        if (component.Policy.Declared.TryGetValue("tier", out var declared) && Word(declared) is { } stated)
        {
            return (stated.Tier, $"annotation crater.dev/tier={declared}");
        }

        foreach (var key in LabelKeys)
        {
            var value = component.Labels.GetValueOrDefault(key) ?? component.PodLabels.GetValueOrDefault(key) ?? "";
            if (Word(value) is { } found)
            {
                return (found.Tier, $"label {key}={value}");
            }
        }

        return null;
    }

    private static (Tier Tier, string Reason)? FromWords(Component component, DependencyGraph graph)
    {
        var found = FromImage(component) ?? FromPort(component) ?? FromName(component);

        // A broker is called. What calls others and is called by nobody has the queue's name because it works on it.
        return found is { Tier: Tier.Queue } && graph.DependenciesOf(component.Id).Any() && !graph.DependentsOf(component.Id).Any()
            ? (Tier.Worker, "calls others and nobody calls it")
            : found;
    }

    private static (Tier Tier, string Reason)? FromImage(Component component)
    {
        foreach (var image in component.Containers.Select(container => container.Image))
        {
            var (repository, tag) = Split(image);
            // Edge and data say what a program is; a word such as "service" in an image says nothing, so the name and the graph may still speak.
            if (Word(repository) is { Tier: not Tier.Backend } found)
            {
                return (found.Tier, $"image repository '{repository}' ({found.Word})");
            }

            if (!Version().IsMatch(tag) && Word(tag) is { Tier: not Tier.Backend } tagged)
            {
                return (tagged.Tier, $"image tag '{tag}' ({tagged.Word})");
            }
        }

        return null;
    }

    private static (Tier Tier, string Reason)? FromPort(Component component)
    {
        foreach (var port in component.Containers.SelectMany(container => container.Ports))
        {
            if (Ports.TryGetValue(port.Port, out var known))
            {
                return (known.Tier, $"port {port.Port} ({known.What})");
            }
        }

        return null;
    }

    private static (Tier Tier, string Reason)? FromName(Component component) =>
        Word(component.Name) is { Tier: not Tier.Backend } found ? (found.Tier, $"name holds the word '{found.Word}'") : null;

    private static (Tier, string)? FromPosition(Component component, DependencyGraph graph)
    {
        var calls = graph.DependenciesOf(component.Id).Count();
        var callers = graph.DependentsOf(component.Id).Count();
        var keepsState = component.Kind == Targets.TargetKind.StatefulSet || component.Policy.HasPersistentVolume;
        return (calls, callers) switch
        {
            _ when component.IsEntryPoint => (Tier.Frontend, "traffic from outside arrives here"),
            _ when component.Kind == Targets.TargetKind.Job => (Tier.Worker, "a job"),
            (0, _) when keepsState => (Tier.Data, "keeps state and calls nobody"),
            ( > 0, 0) => (Tier.Worker, "calls others and nobody calls it"),
            (_, > 0) => (Tier.Backend, $"called by {callers} other{(callers == 1 ? "" : "s")}"),
            _ => null,
        };
    }

    /// <summary>The last word that means a tier: in <c>orders-db</c> it is the second one that says what it is.</summary>
    private static (Tier Tier, string Word)? Word(string text)
    {
        var whole = text.Replace("-", "", StringComparison.Ordinal);
        if (Words.TryGetValue(whole, out var tier))
        {
            return (tier, text);
        }

        foreach (var word in Separators().Split(text).Reverse())
        {
            if (Words.TryGetValue(word, out tier))
            {
                return (tier, word);
            }
        }

        return null;
    }

    /// <summary>Last part of the repository, and the tag without digest.</summary>
    private static (string Repository, string Tag) Split(string image)
    {
        var last = image.Split('@')[0].Split('/')[^1];
        var colon = last.IndexOf(':', StringComparison.Ordinal);
        return colon < 0 ? (last, "") : (last[..colon], last[(colon + 1)..]);
    }

    [GeneratedRegex("[-_.]")]
    private static partial Regex Separators();

    [GeneratedRegex("^v?[0-9]")]
    private static partial Regex Version();

    private static Dictionary<string, Tier> Table(params (Tier Tier, string Words)[] rows) =>
        rows.SelectMany(row => row.Words.Split(' ').Select(word => (word, row.Tier)))
            .ToDictionary(pair => pair.word, pair => pair.Tier, StringComparer.OrdinalIgnoreCase);
}
