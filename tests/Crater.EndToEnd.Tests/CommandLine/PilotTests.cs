using System.Text.Json.Nodes;
using Crater.Tests.Models.Scripted;
using Xunit;

namespace Crater.EndToEnd.Tests.CommandLine;

/// <summary>A session from the command line, with a script in the model's place, on a real lab: real faults, real recovery, and the same again without either.</summary>
public sealed class PilotTests(CommandLab lab) : IClassFixture<CommandLab>
{
    [Fact]
    public async Task A_model_proves_a_weakness_leaves_nothing_behind_and_its_session_can_be_played_again()
    {
        await lab.ReadyAsync();
        var desk = lab.NewDesk();
        await using var script = await ScriptedModelServer.StartAsync(
            Say.Calls(("a", "components", "{}"), ("b", "candidates", "{}")),
            Say.Calls(("c", "stress_api", """{"route":"/ready","users":5,"seconds":3}""")),
            Say.Text("DANCE, KILL pod redis sock-shop"));

        var answer = await desk.RunAsync(Arguments(desk, $"{script.Url}#script-1", "2", "--duration", "5s", "--json"));

        Assert.True(answer.Code == 2, answer.ToString());
        Assert.Equal("goal_reached", (string?)answer.Json["state"]);
        var trial = Assert.Single(answer.Json["trials"]!.AsArray())!;
        Assert.Equal(("refuted", true, "pod-kill"), ((string?)trial["verdict"], (bool)trial["clean"]!, (string?)trial["fault"]));
        Assert.Equal(0, script.TurnsLeft);
        Assert.Equal((5, true), ((int)Assert.Single(answer.Json["stresses"]!.AsArray())!["users"]!, (int)answer.Json["stresses"]![0]!["completed"]! > 0));
        await lab.ReadyAsync();
        await lab.AsBeforeAsync();

        var again = await desk.RunAsync("pilot", "replay", "latest", "--json");
        Assert.True(again.Code == 0 && (bool)again.Json["same"]!, again.ToString());
        var folder = Path.GetDirectoryName((string?)answer.Json["transcript"]!)!;
        Assert.Contains("\"role\"", await File.ReadAllTextAsync(Path.Combine(folder, "autochaos.json"), TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ctrl_c_in_the_middle_of_a_fault_puts_everything_back_and_ends_the_session()
    {
        await lab.ReadyAsync();
        var desk = lab.NewDesk();
        using var pilot = desk.Start(Arguments(desk, "none", "3", "--duration", "60s"));
        await pilot.SaysAsync("in place:");

        pilot.Signal(Signals.Interrupt);

        var answer = await pilot.EndAsync();
        Assert.True(answer.Code == 3, answer.ToString());
        Assert.Contains("ABORTED_BY_USER", answer.Out, StringComparison.Ordinal);
        Assert.Contains("everything is as it was", answer.Out, StringComparison.Ordinal);
        await lab.AsBeforeAsync();
        Assert.Equal(0, (await desk.RunAsync("pilot", "replay")).Code);
    }

    [Fact]
    public async Task What_a_killed_session_left_is_finished_like_any_run()
    {
        await lab.ReadyAsync();
        var desk = lab.NewDesk();
        using var pilot = desk.Start(Arguments(desk, "none", "3", "--duration", "60s"));
        await pilot.SaysAsync("in place:");

        pilot.Signal(Signals.Kill);
        await pilot.EndAsync();

        Assert.Equal(0, (await desk.RunAsync("recover", "--all")).Code);
        await lab.ReadyAsync();
        await lab.AsBeforeAsync();
    }

    /// <summary>As AutoChaos' users would start it: the variables in a file.</summary>
    private string[] Arguments(Desk desk, string model, string rounds, params string[] more)
    {
        var parameters = desk.Write("chaos.env", $"""
            # as AutoChaos reads them
            NAMESPACE=sock-shop
            AVAILABILITY_ROUTE={lab.RedisUrl}/ready
            API_ROUTES="/ready"
            NB_ITERATION={rounds}
            """);
        return ["pilot", "--params", parameters, "--approve", "policy", "--cool-down", "1s", "--model", model, .. more];
    }
}
