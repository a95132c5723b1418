using System.Text;
using Crater.Tests.Architecture;
using Xunit;

namespace Crater.Tests.Models;

/// <summary>A prompt as it was agreed on; CRATER_WRITE_DOCS=1 writes it anew, for a person to look at.</summary>
internal static class GoldenFile
{
    public static void Check(string name, string text)
    {
        var golden = RepositoryRoot.File("tests", "Crater.Tests", "Models", "Golden", $"{name}.txt");
        if (Environment.GetEnvironmentVariable("CRATER_WRITE_DOCS") == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(golden)!);
            File.WriteAllText(golden, text, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
        }

        Assert.Equal(File.ReadAllText(golden), text);
    }
}
