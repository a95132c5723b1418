using System.Globalization;
using System.Text;

namespace Crater.Benchmarks;

/// <summary>The documents that are played, and what was asked of each.</summary>
/// <param name="Name">As in toolkit-peer.csv.</param>
/// <param name="RatioMax">The largest part of the peer's wall time.</param>
internal sealed record ToolkitCase(string Name, string File, int Activities, int Runs, double RatioMax)
{
    /// <value>Activities of the document that is only validated. About 5 MB of YAML.</value>
    public const int LargeActivities = 10_000;

    public static IReadOnlyList<ToolkitCase> All { get; } =
    [
        new("1 echo", "e1.json", 1, 21, 0.4),
        new("100 echoes", "e100.json", 100, 15, 0.5),
        new("1000 echoes", "e1000.json", 1000, 15, 0.6),
    ];

    public void Write(string folder)
    {
        var method = string.Join(',', Enumerable.Range(0, Activities).Select(i => string.Create(CultureInfo.InvariantCulture,
            $$$"""{"type":"action","name":"echo {{{i}}}","provider":{"type":"process","path":"echo","arguments":["hello","{{{i}}}"]}}""")));
        System.IO.File.WriteAllText(Path.Combine(folder, File), $$"""{"title":"Echoes","description":"Made by a benchmark.","method":[{{method}}]}""");
    }

    /// <returns>The document's name.</returns>
    public static string WriteLarge(string folder)
    {
        var text = new StringBuilder("title: Ten thousand\ndescription: Made by a benchmark.\nconfiguration:\n  word: hello\nmethod:\n");
        for (var i = 0; i < LargeActivities; i++)
        {
            text.Append(CultureInfo.InvariantCulture, $"""
                  - type: action
                    name: activity number {i} says what it has to say
                    provider:
                      type: process
                      path: echo
                      arguments:
                        - "${"{"}word{"}"}"
                        - "{i} {new string('x', 300)}"
                    pauses:
                      before: 0
                      after: 0

                """);
        }

        System.IO.File.WriteAllText(Path.Combine(folder, "large.yaml"), text.ToString());
        return "large.yaml";
    }
}
