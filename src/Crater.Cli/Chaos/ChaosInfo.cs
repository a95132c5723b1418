using System.Text.Json.Nodes;
using Crater.Cli.Chaos.Extensions;
using Crater.Cli.Chaos.Syntax;
using Crater.Diagnostics;

namespace Crater.Cli.Chaos;

/// <summary><c>chaos info core|extensions|settings</c>.</summary>
internal static class ChaosInfo
{
    private const string BrightBlue = "\u001b[94m";

    public static async Task<int> RunAsync(ChaosArguments options, ChaosSession session)
    {
        switch (options.Values[0])
        {
            case "core":
                Heading($"{"NAME",-20}{"VERSION",-10}", session);
                session.Out.WriteLine($"{"CLI",-20}{ChaosVersion.Tool,-10}");
                session.Out.WriteLine($"{"Core library",-20}{ChaosVersion.Library,-10}");
                break;
            case "extensions":
                Heading($"{"NAME",-40}{"VERSION",-10}{"LICENSE",-30}{"DESCRIPTION",-50}", session);
                await ListAsync(session);
                break;
            default:
                session.Out.WriteLine(File.Exists(session.SettingsPath)
                    ? await File.ReadAllTextAsync(session.SettingsPath)
                    : $"No settings file found at {session.SettingsPath}");
                break;
        }

        return 0;
    }

    private static async Task ListAsync(ChaosSession session)
    {
        try
        {
            var found = await PythonScript.RunAsync(Scripts.Extensions, new JsonObject(), session, PythonScript.LongestDefault, CancellationToken.None);
            foreach (var about in (found as JsonArray ?? []).OfType<JsonArray>())
            {
                var summary = Text(about[3]).Replace("Chaos Toolkit Extension for ", "", StringComparison.Ordinal);
                session.Out.WriteLine($"{Text(about[0]),-40}{Text(about[1]),-10}{(Text(about[2]) is { Length: > 0 } licence ? licence : "Unknown"),-30}{summary[..Math.Min(50, summary.Length)],-50}");
            }
        }
        catch (CraterException error)
        {
            session.Log.Debug($"{error.Code} {error.Message}", "info");     // no Python, no extensions
        }
    }

    private static string Text(JsonNode? json) => json?.GetValueKind() == System.Text.Json.JsonValueKind.String ? json.GetValue<string>() : "";

    private static void Heading(string text, ChaosSession session) =>
        session.Out.WriteLine(session.Surroundings.IsTerminal ? $"{BrightBlue}{text}\u001b[0m" : text);
}
