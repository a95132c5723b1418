using Crater.Diagnostics;
using Crater.Documents;
using Crater.Targets;

namespace Crater.Discovery;

/// <summary>Reads a stack.yaml. A key that stands twice is merged with a warning; a key nobody knows is a warning that names the nearest one.</summary>
internal sealed class StackReader
{
    private readonly List<Problem> _problems = [];

    /// <exception cref="CraterException">Everything that is wrong, with line and column.</exception>
    public static StackFile ReadFile(string path) => From(DocumentReader.ReadFile(path, Limits), path);

    /// <exception cref="CraterException">Everything that is wrong, with line and column.</exception>
    public static StackFile Read(string text, string path) => From(DocumentReader.Read(text, DocumentFormat.Yaml, Limits), path);

    private static ReadLimits Limits => ReadLimits.Default with { DuplicateKeys = DuplicateKeys.Merge };

    private static StackFile From(Document document, string path)
    {
        if (document.Problems is [{ Code: "CRT1005" }])
        {
            // A file with nothing but comments says nothing, and that is allowed.
            return new StackFile { Path = path };
        }

        var reader = new StackReader();
        reader._problems.AddRange(document.Problems);
        var stack = document.Root switch
        {
            MapNode map => reader.Stack(map, path),
            ScalarNode { IsNull: true } or null => new StackFile { Path = path },
            var other => reader.NoMap(other, path),
        };
        var errors = reader._problems.Where(problem => !problem.IsWarning).ToList();
        return errors.Count == 0 ? stack with { Warnings = [.. reader._problems] } : throw CraterException.For(path, errors);
    }

    private StackFile NoMap(DocumentNode root, string path)
    {
        _problems.Add(new Problem("", "CRT9001", $"A stack.yaml is a map with keys such as k8s, experiments and output; this is {root.Saying}.", root.Line, root.Column));
        return new StackFile { Path = path };
    }

    private StackFile Stack(MapNode root, string path)
    {
        Know(root, "", "k8s", "kubernetes", "hosts", "slack", "experiments", "output", "monitoring", "models", "engines", "agents");
        var agents = Map(root, "agents", "");
        Know(agents, "agents", "image", "namespace", "daemon_set");
        var cluster = Map(root, "k8s", "") ?? Map(root, "kubernetes", "");
        Know(cluster, "k8s", "kubeconfig", "context", "namespaces", "target_services", "monitoring", "chaos_tools");
        var monitoring = Map(cluster, "monitoring", "k8s") ?? Map(root, "monitoring", "");
        Know(monitoring, "monitoring", "prometheus", "grafana");
        var slack = Map(root, "slack", "");
        Know(slack, "slack", "channel", "bot_token", "signing_secret");
        var litmus = Map(Map(root, "engines", ""), "litmus", "engines");
        Know(Map(root, "engines", ""), "engines", "litmus");
        Know(litmus, "engines.litmus", "namespace", "service_account");
        var output = Map(root, "output", "");
        Know(output, "output", "experiments_dir", "reports_dir", "artifacts_dir", "experiments", "reports", "artifacts");
        return new StackFile
        {
            Path = path,
            Kubeconfig = UnderHome(Text(cluster, "kubeconfig", "k8s")),
            Context = Text(cluster, "context", "k8s"),
            Namespaces = Texts(cluster, "namespaces", "k8s"),
            NamesCluster = cluster is not null,
            Hosts = new StackHostReader(Path.GetDirectoryName(Path.GetFullPath(path)) ?? "/", _problems).Read(root["hosts"]),
            TargetServices = [.. Items(cluster, "target_services", "k8s").Select((node, i) => Service(node, $"k8s.target_services[{i}]")).OfType<StackService>()],
            PrometheusUrl = Text(Map(monitoring, "prometheus", "monitoring"), "url", "monitoring.prometheus"),
            GrafanaUrl = Text(Map(monitoring, "grafana", "monitoring"), "url", "monitoring.grafana"),
            Experiments = Experiments(Map(root, "experiments", "")),
            AgentImage = Text(agents, "image", "agents"),
            AgentNamespace = Text(agents, "namespace", "agents"),
            AgentsAreDaemonSet = agents is not null && Flag(agents, "daemon_set", "agents") == true,
            LitmusNamespace = Text(litmus, "namespace", "engines.litmus"),
            LitmusAccount = Text(litmus, "service_account", "engines.litmus"),
            SlackChannel = Text(slack, "channel", "slack"),
            ExperimentsFolder = First(Text(output, "experiments_dir", "output"), Text(output, "experiments", "output"), "experiments"),
            Models = Models(Map(root, "models", "")),
            ReportsFolder = First(Text(output, "reports_dir", "output"), Text(output, "reports", "output"), "reports"),
        };
    }

    private StackService? Service(DocumentNode node, string path)
    {
        if (node is not MapNode map)
        {
            Wrong(node, path, "a map with name, namespace, type, critical, tier and dependencies");
            return null;
        }

        Know(map, path, "name", "namespace", "type", "critical", "tier", "dependencies", "replicas", "labels", "ports");
        var tier = Text(map, "tier", path);
        var labelled = tier.Length > 0 ? tier : Text(map["labels"] as MapNode, "tier", $"{path}.labels");
        return new StackService
        {
            Name = Text(map, "name", path) is { Length: > 0 } name ? name : Missing(map, path),
            Namespace = Text(map, "namespace", path),
            Type = Kind(map, path),
            Critical = Flag(map, "critical", path),
            Tier = labelled.Length > 0 ? ReadTier(map, labelled, $"{path}.tier") : Tier.Unknown,
            Dependencies = Texts(map, "dependencies", path),
        };
    }

    private StackModels? Models(MapNode? map)
    {
        Know(map, "models", "allow", "hosts", "allow_http", "model", "url", "protocol", "key_env", "key_file", "key_header", "structure", "timeout", "budget", "price", "anonymise", "prompts");
        return map is null ? null : new StackModels
        {
            Allow = Flag(map, "allow", "models") ?? true,
            Hosts = Texts(map, "hosts", "models"),
            AllowHttp = Flag(map, "allow_http", "models") ?? false,
            Model = Text(map, "model", "models"),
            Url = Text(map, "url", "models"),
            Protocol = Text(map, "protocol", "models"),
            KeyVariable = Text(map, "key_env", "models"),
            KeyFile = Text(map, "key_file", "models"),
            KeyHeader = Text(map, "key_header", "models"),
            Structure = Text(map, "structure", "models"),
            Timeout = Duration(map, "timeout", "models"),
            Budget = Text(map, "budget", "models"),
            Price = Text(map, "price", "models"),
            Anonymise = Flag(map, "anonymise", "models") ?? false,
            PromptsFolder = Text(map, "prompts", "models"),
        };
    }

    private string Missing(MapNode map, string path)
    {
        _problems.Add(new Problem($"{path}.name", "CRT9002", "A target service needs a name; give the name of its workload.", map.Line, map.Column));
        return "";
    }

    private StackExperiments Experiments(MapNode? map)
    {
        Know(map, "experiments", "default_duration", "duration", "max_duration", "abort_thresholds", "service_preferences", "require_keeper", "driver", "forbid_drivers");
        var thresholds = new Dictionary<string, double>(StringComparer.Ordinal);
        foreach (var entry in Map(map, "abort_thresholds", "experiments")?.Entries ?? [])
        {
            if (entry.Value is ScalarNode { Number: { } limit })
            {
                thresholds[entry.Key] = limit;
            }
            else
            {
                Wrong(entry.Value, $"experiments.abort_thresholds.{entry.Key}", "a number");
            }
        }

        return new StackExperiments
        {
            Duration = Duration(map, "default_duration", "experiments") ?? Duration(map, "duration", "experiments"),
            DurationMax = Duration(map, "max_duration", "experiments"),
            AbortThresholds = thresholds,
            Driver = Text(map, "driver", "experiments"),
            ForbiddenDrivers = Texts(map, "forbid_drivers", "experiments"),
            RequireKeeper = map is not null && Flag(map, "require_keeper", "experiments") == true,
        };
    }

    private TargetKind? Kind(MapNode map, string path)
    {
        var text = Text(map, "type", path);
        if (text.Length == 0)
        {
            return null;
        }

        if (Enum.TryParse<TargetKind>(text, ignoreCase: true, out var kind) && !int.TryParse(text, out _))
        {
            return kind;
        }

        Wrong(map["type"]!, $"{path}.type", "deployment, statefulset, daemonset, job or pod");
        return null;
    }

    private Tier ReadTier(MapNode map, string text, string path)
    {
        if (Enum.TryParse<Tier>(text, ignoreCase: true, out var tier) && !int.TryParse(text, out _))
        {
            return tier;
        }

        var near = Spelling.DidYouMean(text, Enum.GetNames<Tier>().Select(name => name.ToLowerInvariant()));
        _problems.Add(new Problem(path, "CRT9004", $"The tier '{text}' is none of edge, frontend, backend, data, queue and worker, so it is left to discovery.{near}", map.Line, map.Column) { IsWarning = true });
        return Tier.Unknown;
    }

    private TimeSpan? Duration(MapNode? map, string key, string path)
    {
        var text = Text(map, key, path);
        if (text.Length == 0)
        {
            return null;
        }

        if (Durations.TryParse(text, out var duration))
        {
            return duration;
        }

        Wrong(map![key]!, $"{path}.{key}", "a duration such as 60s or 5m");
        return null;
    }

    private bool? Flag(MapNode map, string key, string path)
    {
        if (map[key] is null or ScalarNode { IsNull: true })
        {
            return null;
        }

        if (map[key] is ScalarNode { Boolean: { } flag })
        {
            return flag;
        }

        Wrong(map[key]!, $"{path}.{key}", "true or false");
        return null;
    }

    private MapNode? Map(MapNode? parent, string key, string path)
    {
        if (parent?[key] is not { } node || node is MapNode or ScalarNode { IsNull: true })
        {
            return parent?[key] as MapNode;
        }

        Wrong(node, Join(path, key), "a map");
        return null;
    }

    private IReadOnlyList<DocumentNode> Items(MapNode? parent, string key, string path)
    {
        if (parent?[key] is not { } node || node is ListNode or ScalarNode { IsNull: true })
        {
            return (parent?[key] as ListNode)?.Items ?? [];
        }

        Wrong(node, Join(path, key), "a list");
        return [];
    }

    private string Text(MapNode? parent, string key, string path)
    {
        if (parent?[key] is not { } node || node is ScalarNode)
        {
            return parent?.Text(key) ?? "";
        }

        Wrong(node, Join(path, key), "a text");
        return "";
    }

    private List<string> Texts(MapNode? parent, string key, string path)
    {
        List<string> texts = [];
        foreach (var item in Items(parent, key, path))
        {
            if (item is ScalarNode { IsNull: false } scalar)
            {
                texts.Add(scalar.Text);
            }
            else
            {
                Wrong(item, $"{Join(path, key)}[{texts.Count}]", "a text");
            }
        }

        return texts;
    }

    private void Wrong(DocumentNode node, string path, string wanted) =>
        _problems.Add(new Problem(path, "CRT9002", $"{path} must be {wanted}; found {node.Saying}.", node.Line, node.Column));

    private void Know(MapNode? map, string path, params string[] keys)
    {
        foreach (var entry in map?.Entries.Where(entry => !keys.Contains(entry.Key)) ?? [])
        {
            var near = Spelling.DidYouMean(entry.Key, keys);
            _problems.Add(new Problem(Join(path, entry.Key), "CRT9003", $"The key '{entry.Key}' is unknown here and ignored.{near}", entry.Line, entry.Column) { IsWarning = true });
        }
    }

    internal static string UnderHome(string path) => path.StartsWith("~/", StringComparison.Ordinal)
        ? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), path[2..])
        : path;

    private static string Join(string path, string key) => path.Length == 0 ? key : $"{path}.{key}";

    private static string First(params string[] texts) => texts.First(text => text.Length > 0);
}
