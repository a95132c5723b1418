using System.Runtime.CompilerServices;
using Crater.Documents;
using Crater.Experiments;

namespace Crater.Tests.Experiments;

internal static class ReaderTesting
{
    public static ReadOptions Options { get; } = new() { Environment = new Dictionary<string, string> { ["HOST"] = "h1", ["PORT"] = "81", ["TOKEN"] = "s3cr3t-token" } };

    public static string DataFolder { get; } = Folder();

    public static ExperimentReading Read(string yaml, ReadOptions? options = null) => ExperimentReader.Read(yaml, DocumentFormat.Yaml, options ?? Options);

    private static string Folder([CallerFilePath] string path = "") => Path.Combine(Path.GetDirectoryName(path)!, "Data");
}
