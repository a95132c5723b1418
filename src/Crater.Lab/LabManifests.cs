using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Crater.Diagnostics;
using Crater.Documents;
using Crater.Lab.Store;

namespace Crater.Lab;

/// <summary>Applies manifests through the lab's own API, so that they get the same defaults and checks as from anyone else.</summary>
internal sealed class LabManifests(HttpClient api)
{
    /// <summary>What others refer to comes first: a pod reads the services of its namespace when it starts.</summary>
    private static readonly string[] First = ["Namespace", "CustomResourceDefinition", "ConfigMap", "Secret", "ServiceAccount", "Service"];

    private readonly Dictionary<(string ApiVersion, string Kind), (string Plural, bool IsNamespaced)> _kinds = [];

    /// <exception cref="CraterException">CRT6508: a file cannot be read, or the lab refused an object.</exception>
    public async Task ApplyAsync(IReadOnlyList<string> paths, CancellationToken stop)
    {
        var objects = paths.SelectMany(FilesOf).SelectMany(Read).ToList();
        foreach (var one in objects.OrderBy(one => Rank(one.Object.Text("kind"))))
        {
            await ApplyAsync(one.File, one.Object, stop).ConfigureAwait(false);
        }
    }

    internal static IEnumerable<(string File, JsonObject Object)> Read(string file)
    {
        var text = File.ReadAllText(file);
        foreach (var part in Split(text))
        {
            var document = DocumentReader.Read(part, DocumentReader.FormatOf(file));
            if (document.HasErrors)
            {
                throw new CraterException("CRT6508", $"{file} cannot be read: {document.Problems[0]}");
            }

            var json = document.Root?.ToJson();
            foreach (var item in json.Text("kind") == "List" ? json.Each("items") : json is JsonObject one ? [one] : [])
            {
                yield return (file, item);
            }
        }
    }

    /// <summary>The documents of a stream; a line of three hyphens cannot stand within one.</summary>
    private static IEnumerable<string> Split(string text)
    {
        var part = new StringBuilder();
        foreach (var line in text.Split('\n').Append("---"))
        {
            if (line.TrimEnd() != "---" && !line.StartsWith("--- ", StringComparison.Ordinal))
            {
                part.Append(line).Append('\n');
                continue;
            }

            if (part.ToString().Split('\n').Any(kept => kept.Trim().Length > 0 && !kept.TrimStart().StartsWith('#')))
            {
                yield return part.ToString();
            }

            part.Clear();
        }
    }

    private static IEnumerable<string> FilesOf(string path) => Directory.Exists(path)
        ? Directory.EnumerateFiles(path).Where(file => Path.GetExtension(file) is ".yaml" or ".yml" or ".json").Order(StringComparer.Ordinal)
        : File.Exists(path) ? [path] : throw new CraterException("CRT6508", $"There is no manifest at {path}; it is looked up from {Directory.GetCurrentDirectory()}.");

    private static int Rank(string kind) => Array.IndexOf(First, kind) is >= 0 and var place ? place : First.Length;

    private async Task ApplyAsync(string file, JsonObject wanted, CancellationToken stop)
    {
        var (apiVersion, kind, name) = (wanted.Text("apiVersion"), wanted.Text("kind"), wanted.Name());
        var path = await PathAsync(file, wanted, stop).ConfigureAwait(false);
        var (code, answer) = await SendAsync(HttpMethod.Post, path, wanted, "application/json", stop).ConfigureAwait(false);
        if (code == HttpStatusCode.Conflict)
        {
            (code, answer) = await SendAsync(HttpMethod.Patch, $"{path}/{name}", wanted, "application/merge-patch+json", stop).ConfigureAwait(false);
        }

        if ((int)code >= 300)
        {
            throw new CraterException("CRT6508", $"{file}: the lab refused {kind} '{name}' ({apiVersion}): {JsonNode.Parse(answer).Text("message")}");
        }
    }

    private async Task<string> PathAsync(string file, JsonObject wanted, CancellationToken stop)
    {
        var (apiVersion, kind) = (wanted.Text("apiVersion"), wanted.Text("kind"));
        var root = apiVersion.Contains('/') ? $"/apis/{apiVersion}" : $"/api/{apiVersion}";
        if (!_kinds.TryGetValue((apiVersion, kind), out var known))
        {
            var (_, answer) = await SendAsync(HttpMethod.Get, root, null, "", stop).ConfigureAwait(false);
            var found = JsonNode.Parse(answer).Each("resources").FirstOrDefault(resource => resource.Text("kind") == kind && !resource.Text("name").Contains('/'))
                ?? throw new CraterException("CRT6508", $"{file}: the lab does not know the kind {kind} of {apiVersion}.");
            _kinds[(apiVersion, kind)] = known = (found.Text("name"), found.Flag("namespaced"));
        }

        var space = wanted.Space() is { Length: > 0 } given ? given : "default";
        return known.IsNamespaced ? $"{root}/namespaces/{space}/{known.Plural}" : $"{root}/{known.Plural}";
    }

    private async Task<(HttpStatusCode Code, string Answer)> SendAsync(HttpMethod method, string path, JsonObject? body, string type, CancellationToken stop)
    {
        using var request = new HttpRequestMessage(method, path);
        request.Content = body is null ? null : new StringContent(body.ToJsonString(), Encoding.UTF8, type);
        using var answer = await api.SendAsync(request, stop).ConfigureAwait(false);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync(stop).ConfigureAwait(false));
    }
}
