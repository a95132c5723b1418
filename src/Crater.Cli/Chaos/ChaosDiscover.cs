using System.Text.Json.Nodes;
using Crater.Cli.Chaos.Extensions;
using Crater.Cli.Chaos.Notifications;
using Crater.Cli.Chaos.Syntax;
using Crater.Diagnostics;

namespace Crater.Cli.Chaos;

/// <summary><c>chaos discover PACKAGE</c>: what the user's Python has of it, else what runs natively. Nothing is installed.</summary>
internal static class ChaosDiscover
{
    public static async Task<int> RunAsync(ChaosArguments options, ChaosSession session)
    {
        var package = options.Values[0];
        await using var notifier = session.Notifier();
        notifier.Tell(new Notice("discovery-started", "discovery", package));
        if (!options.Has("--no-install"))
        {
            session.Log.Debug($"Nothing is installed here: if {package} is missing, install it with pip.", "discover");
        }

        try
        {
            var discovery = await FindAsync(package, !options.Has("--no-system-info"), session);
            var path = options.Text("--discovery-path") ?? "./discovery.json";
            JsonFile.Write(session.Surroundings.Path(path), discovery, indent: 2);
            session.Log.Info($"Discovery outcome saved in {path}", "discover");
            notifier.Tell(new Notice("discovery-completed", "discovery", discovery));
        }
        catch (CraterException error) when (error.Code is "CRT1233" or "CRT1234" or "CRT1235")
        {
            notifier.Tell(new Notice("discovery-failed", "discovery", package) { Error = ("DiscoveryFailed", error.Message) });
            session.Log.Critical($"{error.Code} {error.Message}", "discover");
        }

        return 0;       // also when nothing was found, as with that tool
    }

    private static async Task<JsonNode> FindAsync(string package, bool withSystem, ChaosSession session)
    {
        var native = NativeDiscovery.Of(package, session.Surroundings.Clock.GetUtcNow(), ChaosSession.NewId());
        try
        {
            var asked = new JsonObject { ["package"] = package, ["system"] = withSystem };
            var found = await PythonScript.RunAsync(Scripts.Discover, asked, session, PythonScript.LongestDefault, CancellationToken.None);
            if (found?["discovery"] is { } discovery)
            {
                return discovery.DeepClone();
            }

            return native ?? throw Nothing(package, (string?)found?["problem"] ?? "");
        }
        catch (CraterException error) when (error.Code is "CRT1233" or "CRT1234" && native is not null)
        {
            session.Log.Debug($"{error.Code} {error.Message}", "discover");
            return native;
        }
    }

    private static CraterException Nothing(string package, string problem) => new("CRT1235",
        $"{(problem.Length > 0 ? problem : $"{package} offers nothing")}. Install it with pip in the environment of the python3 on the PATH; without Python there is {string.Join(", ", NativeDiscovery.Packages)}.");
}
