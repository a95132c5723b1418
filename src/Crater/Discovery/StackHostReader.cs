using System.Text.RegularExpressions;
using Crater.Diagnostics;
using Crater.Documents;

namespace Crater.Discovery;

/// <summary>Reads the <c>hosts</c> of a stack.yaml.</summary>
/// <param name="place">The folder of the file, from which paths in it count.</param>
internal sealed partial class StackHostReader(string place, ICollection<Problem> problems)
{
    private static readonly string[] Keys = ["name", "address", "labels", "token_file", "ca", "certificate", "key"];

    public IReadOnlyList<StackHost> Read(DocumentNode? node)
    {
        if (node is null or ScalarNode { IsNull: true })
        {
            return [];
        }

        if (node is not ListNode list)
        {
            Wrong(node, "hosts", "a list of hosts, each with name and address");
            return [];
        }

        List<StackHost> hosts = [];
        for (var i = 0; i < list.Items.Count; i++)
        {
            if (Read(list.Items[i], $"hosts[{i}]") is not { } host)
            {
                continue;
            }

            if (hosts.Any(earlier => earlier.Name == host.Name))
            {
                problems.Add(new Problem($"hosts[{i}].name", "CRT5717", $"There are two hosts called {host.Name}; give each a name of its own.", list.Items[i].Line, list.Items[i].Column));
            }

            hosts.Add(host);
        }

        return hosts;
    }

    private StackHost? Read(DocumentNode node, string path)
    {
        if (node is not MapNode map)
        {
            Wrong(node, path, "a map with name, address, labels and how to sign in");
            return null;
        }

        Know(map, path);
        var (name, address) = (Text(map, "name", path), Text(map, "address", path));
        Check(Name().IsMatch(name), map, $"{path}.name", $"'{name}' is no name of a host; write letters, digits, dashes, dots or underscores.");
        var socket = address.StartsWith("unix:", StringComparison.Ordinal) ? Path.Combine(place, address[5..].Replace("//", "/", StringComparison.Ordinal)) : "";
        var isWeb = Uri.TryCreate(address, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" && uri.UserInfo.Length == 0 && uri.PathAndQuery == "/";
        Check(isWeb || socket.Length > 0, map, $"{path}.address", $"'{address}' is no address of a craterd; write https://HOST:PORT, or unix:/run/crater/craterd.sock for one on this machine.");
        if (isWeb && uri!.Scheme == "http" && !uri.IsLoopback)
        {
            problems.Add(new Problem($"{path}.address", "CRT5719", $"{name} is asked over plain HTTP: who is on the way can read the token, and break the host with it. Use https where others are.", map.Line, map.Column) { IsWarning = true });
        }

        return new StackHost
        {
            Name = name,
            Address = socket.Length > 0 ? socket : isWeb ? uri!.GetLeftPart(UriPartial.Authority) : "",
            Labels = Labels(map, path, name),
            TokenFile = File(map, "token_file", path),
            AuthorityFile = File(map, "ca", path),
            CertificateFile = File(map, "certificate", path),
            KeyFile = File(map, "key", path),
        };
    }

    private Dictionary<string, string> Labels(MapNode map, string path, string name)
    {
        Dictionary<string, string> labels = new(StringComparer.Ordinal);
        if (map["labels"] is { } node and not MapNode and not ScalarNode { IsNull: true })
        {
            Wrong(node, $"{path}.labels", "a map of texts");
        }

        foreach (var entry in (map["labels"] as MapNode)?.Entries ?? [])
        {
            labels[entry.Key] = (entry.Value as ScalarNode)?.Text ?? "";
        }

        labels[StackHost.NameLabel] = name;
        return labels;
    }

    private void Know(MapNode map, string path)
    {
        foreach (var entry in map.Entries.Where(entry => !Keys.Contains(entry.Key)))
        {
            problems.Add(entry.Key is "token" or "password" or "secret"
                ? new Problem($"{path}.{entry.Key}", "CRT5718", "A secret does not belong into stack.yaml, which is passed around. Put it into a file that its owner alone can read, and name that with token_file.", entry.Line, entry.Column)
                : new Problem($"{path}.{entry.Key}", "CRT9003", $"The key '{entry.Key}' is unknown here and ignored.{Spelling.DidYouMean(entry.Key, Keys)}", entry.Line, entry.Column) { IsWarning = true });
        }
    }

    private string File(MapNode map, string key, string path)
    {
        var text = Text(map, key, path);
        return text.Length == 0 ? "" : Path.GetFullPath(StackReader.UnderHome(text), place);
    }

    private string Text(MapNode map, string key, string path)
    {
        if (map[key] is { } node and not ScalarNode)
        {
            Wrong(node, $"{path}.{key}", "a text");
        }

        return map.Text(key) ?? "";
    }

    private void Check(bool isGood, MapNode map, string path, string message)
    {
        if (!isGood)
        {
            problems.Add(new Problem(path, "CRT5717", message, map.Line, map.Column));
        }
    }

    private void Wrong(DocumentNode node, string path, string wanted) =>
        problems.Add(new Problem(path, "CRT9002", $"{path} must be {wanted}; found {node.Saying}.", node.Line, node.Column));

    [GeneratedRegex("^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$")]
    private static partial Regex Name();
}
