using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using Crater.Agent.Faults;
using Crater.Agent.Host;
using Crater.EndToEnd.Tests.CommandLine;
using Xunit;

namespace Crater.EndToEnd.Tests.Agent;

/// <summary>
/// The matrix' deaths of serve: it is asked over its API for a fault, or to take one off that keeper and guardian have left at once, and dies, is asked to end or stands still in the middle of it.
/// </summary>
internal static class ServeDeaths
{
    public static async Task LiveThroughAsync(Playground playground, string fault, string[] arguments, Death death)
    {
        using var agent = await ServedAgent.StartAsync(playground, $"serve:{death.Step}");
        var asking = agent.PostAsync("/v1/inject", Body(fault, arguments, death is { IsStop: true, IsDuringRecovery: false } ? "1s" : "60s"));
        if (death.IsDuringRecovery)
        {
            var (status, told) = await asking;
            Assert.True(status == HttpStatusCode.Created, told.ToString());
            KillMatrix.KillBoth(playground.Record(KillMatrix.Uid));
            asking = agent.PostAsync("/v1/recover", new JsonObject { ["uid"] = KillMatrix.Uid });
        }

        ProcessIdentity? paused = null;
        await Wait.UntilAsync(() => (paused = playground.Paused("serve")) is not null || asking.IsFaulted, $"serve reaches {death.Step}");
        await (death.IsStop ? OutlastAsync(playground, death, agent, asking, paused!.Value) : EndAsync(playground, death, asking, paused!.Value));
    }

    // Whoever is asked to end answers first; whoever is killed leaves it to the others.
    private static async Task EndAsync(Playground playground, Death death, Task<(HttpStatusCode Status, JsonNode Body)> asking, ProcessIdentity serve)
    {
        serve.Signal(death.Signal);
        serve.Signal(Signals.Continue);
        if (death.Signal == Signals.Terminate)
        {
            var (status, told) = await asking;
            Assert.True(status == (death.IsDuringRecovery ? HttpStatusCode.OK : HttpStatusCode.Created), told.ToString());
        }
        else
        {
            await Assert.ThrowsAsync<HttpRequestException>(() => asking);
        }

        // Only who was told that it is in place has to have it taken off; those that waited for the next one end with serve.
        var stays = death.Step == "answered" || (death.Signal == Signals.Terminate && !death.IsDuringRecovery);
        await Wait.UntilAsync(() => playground.OwnCraterds().Count == (stays ? 2 : 0), $"nobody is left but {(stays ? "keeper and guardian" : "nobody")}, but {string.Join(", ", playground.OwnCraterds())}");
        if (stays)
        {
            var recovered = await playground.RunAsync("recover", KillMatrix.Uid);
            Assert.True(recovered.Code == 0, recovered.ToString());
        }
        else if (death is { IsDuringRecovery: true, Signal: Signals.Kill })
        {
            await ServeAgainAsync(playground);
        }
    }

    private static async Task OutlastAsync(Playground playground, Death death, ServedAgent agent, Task<(HttpStatusCode Status, JsonNode Body)> asking, ProcessIdentity serve)
    {
        if (!death.IsDuringRecovery)
        {
            await Wait.UntilAsync(() => playground.State.Find(KillMatrix.Uid)?.IsClosed == true, "its lease is over, and its keeper has recovered it");
        }

        serve.Signal(Signals.Continue);
        var (status, told) = await asking;
        Assert.True(status == (death.IsDuringRecovery ? HttpStatusCode.OK : HttpStatusCode.Created), told.ToString());
        agent.Process.Signal(Signals.Terminate);
        await Wait.UntilAsync(() => playground.OwnCraterds().Count == 0, "nobody of craterd is left");
    }

    private static async Task ServeAgainAsync(Playground playground)
    {
        using var again = await ServedAgent.StartAsync(playground);
        await Wait.UntilAsync(() => playground.State.Find(KillMatrix.Uid)!.IsClosed, "the sweep at the start has finished it");
        again.Process.Signal(Signals.Terminate);
        await Wait.UntilAsync(() => playground.OwnCraterds().Count == 0, "nobody of craterd is left");
    }

    // What the command line says in options, the API says in arguments of the fault and a place.
    private static JsonObject Body(string fault, string[] options, string lease)
    {
        var own = HostFaults.Find(fault)!.Description.Parameters;
        JsonObject arguments = [];
        JsonObject place = [];
        for (var i = 0; i < options.Length; i += 2)
        {
            var name = options[i][2..];
            if (own.Any(parameter => parameter.Name == name || parameter.Aliases.Contains(name)))
            {
                arguments[name] = options[i + 1];
            }
            else
            {
                place[name] = name == "pid" ? int.Parse(options[i + 1], CultureInfo.InvariantCulture) : options[i + 1];
            }
        }

        JsonObject body = new() { ["uid"] = KillMatrix.Uid, ["fault"] = fault, ["arguments"] = arguments, ["timeout"] = "10m", ["lease"] = lease };
        if (place.Count > 0)
        {
            body["place"] = place;
        }

        return body;
    }
}
