using System.Text;
using System.Text.Json.Nodes;

namespace Crater.Runs.Activities.Python;

/// <summary>The bridge's own Python files, which are embedded here and sent through the pipe: nothing of ours lies on the user's disk or path.</summary>
internal static class BridgeSources
{
    private const string Root = "python/";

    private static readonly Lazy<byte[]> Sent = new(() => Encoding.UTF8.GetBytes(new JsonObject(Files()).ToJsonString()));

    /// <summary>What the interpreter is started with: reads the other files and gives over to them.</summary>
    public static string Bootstrap { get; } = Read($"{Root}bootstrap.py");

    /// <summary>All files by path, as JSON.</summary>
    public static byte[] Modules => Sent.Value;

    private static IEnumerable<KeyValuePair<string, JsonNode?>> Files() =>
        typeof(BridgeSources).Assembly.GetManifestResourceNames()
            .Select(name => name.Replace('\\', '/'))
            .Where(name => name.StartsWith(Root, StringComparison.Ordinal) && !name.EndsWith("bootstrap.py", StringComparison.Ordinal))
            .Select(name => KeyValuePair.Create<string, JsonNode?>(name[Root.Length..], Read(name)));

    private static string Read(string name)
    {
        using var stream = typeof(BridgeSources).Assembly.GetManifestResourceStream(name)!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
