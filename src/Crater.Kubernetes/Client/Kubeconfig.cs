using System.Text.Json.Nodes;
using Crater.Diagnostics;
using Crater.Documents;

namespace Crater.Kubernetes.Client;

/// <summary>
/// The kubeconfig file or files: which clusters, users and contexts there are. A context is taken by its exact name; without a name
/// only when there is no other, so that a cluster is never chosen by accident.
/// </summary>
public sealed class Kubeconfig
{
    private readonly List<(JsonNode Tree, string Path)> _files;
    private readonly Func<string, string?> _environment;

    private Kubeconfig(List<(JsonNode Tree, string Path)> files, Func<string, string?> environment) => (_files, _environment) = (files, environment);

    /// <summary>The files that were read, for messages.</summary>
    public string Origin => string.Join(Path.PathSeparator, _files.Select(file => file.Path));

    /// <summary>Names of all contexts, in the order of the files.</summary>
    public IReadOnlyList<string> Contexts => [.. _files.SelectMany(file => file.Tree.Objects("contexts")).Select(context => context.Text("name")).Distinct()];

    /// <summary>Reads <paramref name="path"/>, else what KUBECONFIG names, else <c>~/.kube/config</c>.</summary>
    /// <param name="environment">Looks an environment variable up.</param>
    /// <exception cref="CraterException">CRT5001: there is none. CRT5002: it cannot be read.</exception>
    public static Kubeconfig Load(string? path, Func<string, string?> environment)
    {
        var candidates = Candidates(path, environment);
        var found = candidates.Where(File.Exists).ToList();
        if (found.Count == 0)
        {
            throw new CraterException("CRT5001",
                $"No kubeconfig: looked for {string.Join(", ", candidates)} and found nothing there. "
                + "Give one with --kubeconfig FILE or KUBECONFIG, or start a local cluster with 'craterctl lab up --app shop'.");
        }

        // As kubectl: one of several that is empty says nothing; a single one that is empty was cut off.
        var told = found.Count == 1 ? found : [.. found.Where(file => new FileInfo(file).Length > 0)];
        return new Kubeconfig([.. told.Select(file => (ReadFile(file), file))], environment);
    }

    /// <summary>Whether anybody named a kubeconfig, or one lies where it is looked for.</summary>
    internal static bool IsThere(string? path, Func<string, string?> environment) =>
        path is { Length: > 0 } || environment("KUBECONFIG") is { Length: > 0 } || Candidates(path, environment).Any(File.Exists);

    /// <summary>The context that kubectl would use; the first file that names one decides. Empty when none does.</summary>
    public string CurrentContext => _files.Select(file => file.Tree.Text("current-context")).FirstOrDefault(name => name.Length > 0) ?? "";

    /// <summary>Everything about one context.</summary>
    /// <param name="context">The exact name; null or empty only works when there is a single context.</param>
    /// <exception cref="CraterException">CRT5003, CRT5004, CRT5007: the context. CRT5005: the way of signing in. CRT5006: its files.</exception>
    public ClusterAccess Access(string? context) => Access(context, TimeProvider.System);

    /// <inheritdoc cref="Access(string?)"/>
    /// <param name="clock">What credentials that run out are judged by.</param>
    public ClusterAccess Access(string? context, TimeProvider clock)
    {
        var name = string.IsNullOrEmpty(context) ? OnlyContext() : context;
        var entry = Find("contexts", "context", name)?.Fields
            ?? throw new CraterException("CRT5003", $"Context '{name}' is not in {Origin}. There are: {Listed(Contexts)}. Name one of them with --kube-context.");
        var cluster = Find("clusters", "cluster", entry.Text("cluster")) ?? throw Incomplete(name, "cluster", entry.Text("cluster"));
        var user = Find("users", "user", entry.Text("user")) ?? throw Incomplete(name, "user", entry.Text("user"));
        return new SignIn(name, cluster, user, _environment, clock).Access(entry);
    }

    private string OnlyContext() => Contexts switch
    {
        [var single] => single,
        [] => throw new CraterException("CRT5002", $"{Origin} holds no context. Write the kubeconfig anew, for example with 'craterctl lab up'."),
        var several => throw new CraterException("CRT5004",
            $"{Origin} holds {several.Count} contexts ({Listed(several)}) and none was named. Name the cluster to work on with --kube-context; Crater does not follow current-context."),
    };

    private ConfigEntry? Find(string list, string key, string name)
    {
        foreach (var (tree, path) in _files)
        {
            if (tree.Objects(list).FirstOrDefault(item => item.Text("name") == name) is { } item)
            {
                return new ConfigEntry(item.At(key) ?? new JsonObject(), path);
            }
        }

        return null;
    }

    private CraterException Incomplete(string context, string kind, string name) =>
        new("CRT5007", $"Context '{context}' of {Origin} names the {kind} '{name}', which is not there. Correct the kubeconfig.");

    private static JsonNode ReadFile(string path)
    {
        var document = DocumentReader.ReadFile(path, ReadLimits.Default with { DuplicateKeys = DuplicateKeys.Merge });
        if (document.HasErrors)
        {
            var problem = document.Problems.FirstOrDefault(problem => !problem.IsWarning);
            throw new CraterException("CRT5002",
                $"The kubeconfig {path} cannot be read: {problem?.ToString() ?? "it is empty."} Correct it or give another with --kubeconfig.");
        }

        return PlainTree.Of(document.Root) as JsonObject
            ?? throw new CraterException("CRT5002", $"The kubeconfig {path} holds no map. Write it anew or give another with --kubeconfig.");
    }

    private static IReadOnlyList<string> Candidates(string? path, Func<string, string?> environment)
    {
        var named = path is { Length: > 0 } ? [path] : (environment("KUBECONFIG") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        var home = environment("HOME") ?? environment("USERPROFILE") ?? "";
        return named.Length > 0 ? [.. named.Select(one => Expand(one, home))] : [Path.Combine(home, ".kube", "config")];
    }

    private static string Expand(string path, string home) => path.StartsWith("~/", StringComparison.Ordinal) ? Path.Combine(home, path[2..]) : path;

    private static string Listed(IReadOnlyList<string> names) => names.Count == 0 ? "none" : string.Join(", ", names.Take(10)) + (names.Count > 10 ? ", …" : "");
}
