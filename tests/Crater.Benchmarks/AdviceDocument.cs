namespace Crater.Benchmarks;

/// <summary>docs/benchmarks/advice.md: words by people, and between marks what the benchmarks measured last.</summary>
internal static class AdviceDocument
{
    /// <param name="part">The name in the marks, <c>&lt;!-- part --&gt;</c> and <c>&lt;!-- end part --&gt;</c>.</param>
    public static void Write(string root, string part, string text)
    {
        var path = Path.Combine(root, "docs", "benchmarks", "advice.md");
        var (begin, end) = ($"<!-- {part} -->", $"<!-- end {part} -->");
        var document = File.ReadAllText(path);
        var from = document.IndexOf(begin, StringComparison.Ordinal) + begin.Length;
        var to = document.IndexOf(end, StringComparison.Ordinal);
        File.WriteAllText(path, $"{document[..from]}\n\n{text}\n\n{document[to..]}");
    }
}
