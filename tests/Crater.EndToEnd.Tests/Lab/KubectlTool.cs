using System.ComponentModel;
using System.Diagnostics;
using System.Text.Json.Nodes;

namespace Crater.EndToEnd.Tests.Lab;

/// <summary>Whether this machine has a kubectl that the tests can use.</summary>
internal static class KubectlTool
{
    private const int MinorMin = 28;

    private static readonly Lazy<bool> Found = new(Look);

    public static bool IsThere => Found.Value;

    private static bool Look()
    {
        try
        {
            using var kubectl = Process.Start(new ProcessStartInfo("kubectl", ["version", "--client", "-o", "json"]) { RedirectStandardOutput = true })!;
            var answer = JsonNode.Parse(kubectl.StandardOutput.ReadToEnd());
            kubectl.WaitForExit();
            return int.TryParse(answer?["clientVersion"]?["minor"]?.GetValue<string>().TrimEnd('+'), out var minor) && minor >= MinorMin;
        }
        catch (Exception missing) when (missing is Win32Exception or System.Text.Json.JsonException)
        {
            return false;
        }
    }
}
