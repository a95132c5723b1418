using System.Text.Json.Nodes;
using Crater.Discovery;
using Crater.Models;
using Crater.Models.Pilot;
using Crater.Models.Pilot.Transcripts;
using Crater.Models.Prompts;
using Crater.Tests.Models.Scripted;
using Xunit;

namespace Crater.Tests.Models.Pilot;

/// <summary>A session is written down as it happens, and can be played again without a model, a cluster or a person.</summary>
public sealed class PilotReplayTests : IDisposable
{
    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("crater-pilot-");
    private readonly SessionFolder _folder;

    public PilotReplayTests()
    {
        _folder = SessionFolder.Create(_root.FullName, new Random(1));
        _folder.Write(SessionFolder.TopologyFile, TopologyJson.Write(SomeAdvice.Shortlist().Topology));
    }

    private string File => Path.Combine(_folder.Path, SessionFolder.TranscriptFile);

    public void Dispose() => _root.Delete(recursive: true);

    private Transcript Written() => new(TimeProvider.System, _folder.Append);

    private Task<ReplayReport> ReplayAsync(PromptBook? prompts = null) => Replay.RunAsync(_folder, prompts ?? new PromptBook(), TimeProvider.System, TestContext.Current.CancellationToken);

    private async Task<ScriptedWorld> RecordAsync()
    {
        var world = new ScriptedWorld { Answers = new([ApprovalAnswer.Yes, ApprovalAnswer.No]), Otherwise = ApprovalAnswer.Quit };
        await using var script = await ScriptedModelServer.StartAsync(
            Say.Calls(("a", "availability", "{}"), ("b", "components", "{}")), SomePilot.Starts("k01"), SomePilot.Calls("nonsense", "no json"), SomePilot.Calls("events", """{"run":"chaos-00000001"}"""),
            SomePilot.Starts("k02"), SomePilot.Starts("k03"));
        var outcome = await SomePilot.ModelAsync(script, world, "9", options => options with { Approval = Approval.Each }, transcript: Written());
        Assert.Equal((EndState.AbortedByUser, 0), (outcome.State, script.TurnsLeft));
        return world;
    }

    [Fact]
    public async Task A_session_with_a_model_and_a_person_is_the_same_when_it_is_played_again()
    {
        await RecordAsync();

        var report = await ReplayAsync();

        Assert.Null(report.First);
        Assert.True(report.IsWhole);
        Assert.Equal((EndState.AbortedByUser, 1), (report.Outcome.State, report.Outcome.Trials.Count));
    }

    [Fact]
    public async Task So_is_one_in_which_the_world_failed_in_a_way_that_nobody_foresaw()
    {
        var world = new ScriptedWorld { Bears = _ => throw new InvalidOperationException("a defect") };
        await using var script = await ScriptedModelServer.StartAsync(SomePilot.Calls("stress_api", """{"route":"1","users":5,"seconds":5}"""), SomePilot.Starts("k01"), SomePilot.Calls("finish", """{"outcome":"goal_reached","reason":"done"}"""));
        await SomePilot.ModelAsync(script, world, "9", options => options with { Routes = [new Uri("http://127.0.0.1:9/")] }, transcript: Written());
        Assert.Contains("CRT7329", System.IO.File.ReadAllText(File), StringComparison.Ordinal);

        var report = await ReplayAsync();

        Assert.Null(report.First);
        Assert.True(report.IsWhole);
    }

    [Fact]
    public async Task So_is_one_of_the_rules_and_one_in_which_they_took_over()
    {
        await using var script = await ScriptedModelServer.StartAsync(SomePilot.Starts("k02"), Say.Status(401));
        await SomePilot.ModelAsync(script, new ScriptedWorld(), "3", transcript: Written());

        Assert.Null((await ReplayAsync()).First);

        System.IO.File.Delete(File);
        await SomePilot.RulesAsync(new ScriptedWorld(), "handle 500 users", transcript: Written());

        Assert.Null((await ReplayAsync()).First);
    }

    [Fact]
    public async Task The_first_record_that_is_not_the_same_is_named_with_then_and_now()
    {
        await RecordAsync();
        var lines = System.IO.File.ReadAllLines(File);
        var changed = Array.FindIndex(lines, line => line.Contains("\"call\":\"run\"", StringComparison.Ordinal));
        lines[changed] = lines[changed].Replace("\"verdict\":\"refuted\"", "\"verdict\":\"upheld\"", StringComparison.Ordinal);
        System.IO.File.WriteAllLines(File, lines);

        var first = (await ReplayAsync()).First;

        Assert.Equal((changed + 2, "result", "text"), (first!.Record, first.Kind, first.Place));
        Assert.Contains("was refuted", first.Then, StringComparison.Ordinal);
        Assert.Contains("was upheld", first.Now, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_prompt_is_the_first_thing_that_is_not_the_same()
    {
        await RecordAsync();
        var own = _root.CreateSubdirectory("prompts");
        System.IO.File.WriteAllText(Path.Combine(own.FullName, "pilot-system.hbs"), "Break things.");

        var first = (await ReplayAsync(new PromptBook(own.FullName))).First;

        Assert.Equal((1, "prompts.pilot-system"), (first!.Record, first.Place));
    }

    [Fact]
    public async Task A_session_whose_process_was_killed_is_the_same_until_there()
    {
        await RecordAsync();
        var lines = System.IO.File.ReadAllLines(File);
        System.IO.File.WriteAllText(File, string.Join('\n', lines[..^4]) + "\n" + lines[^4][..20]);

        var report = await ReplayAsync();

        Assert.Equal((null, false, lines.Length - 4), (report.First, report.IsWhole, report.Records));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{\"kind\":\"note\"}\n")]
    [InlineData("{\"kind\":\"session\",\"format\":2}\n")]
    [InlineData("[]\n{}\n")]
    public async Task What_is_no_session_is_refused(string content)
    {
        System.IO.File.WriteAllText(File, content);

        Assert.Equal("CRT7324", (await Assert.ThrowsAsync<Crater.Diagnostics.CraterException>(() => ReplayAsync())).Code);
    }

    [Fact]
    public void A_session_is_found_by_its_beginning_and_only_by_one()
    {
        _folder.Append("{}");
        SessionFolder.Create(_root.FullName, new Random(2)).Append("{}");

        Assert.Equal(_folder.Id, SessionFolder.Resolve(_root.FullName, _folder.Id[..9]).Id);
        Assert.Equal("CRT7323", Assert.Throws<Crater.Diagnostics.CraterException>(() => SessionFolder.Resolve(_root.FullName, "pilot-")).Code);
        Assert.Equal("CRT7323", Assert.Throws<Crater.Diagnostics.CraterException>(() => SessionFolder.Resolve(_root.FullName, "nothing")).Code);
    }

    [Fact]
    public async Task Everything_that_was_said_and_done_stands_in_the_transcript_and_no_key_and_no_secret()
    {
        await RecordAsync();

        var kinds = _folder.Read().Select(record => record["kind"]!.GetValue<string>()).Distinct();

        Assert.Superset(new HashSet<string> { "session", "prompt", "request", "answer", "call", "policy", "approval", "world", "result", "taint", "end" }, kinds.ToHashSet());
        Assert.DoesNotContain("a-key-for-the-script", System.IO.File.ReadAllText(File), StringComparison.Ordinal);
        Assert.DoesNotContain("hunter22", System.IO.File.ReadAllText(File), StringComparison.Ordinal);
        Assert.Contains("\"redactions\":1", System.IO.File.ReadAllText(File), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_seeds_file_has_each_action_and_its_result_behind_it()
    {
        await RecordAsync();

        var messages = JsonNode.Parse(SeedJson.Of(_folder.Read()))!.AsArray().Select(message => (Role: message!["role"]!.GetValue<string>(), Content: message["content"]!.GetValue<string>())).ToArray();

        var action = Array.FindIndex(messages, message => message is ("assistant", "START {\"candidate\":\"k01\",\"intensity\":\"low\"}"));
        Assert.StartsWith("START: ok: chaos-00000001 was refuted", messages[action + 1].Content, StringComparison.Ordinal);
        Assert.All(messages, message => Assert.Contains(message.Role, new[] { "system", "user", "assistant" }));
        Assert.StartsWith("You are a chaos engineer.", messages[0].Content, StringComparison.Ordinal);
        Assert.StartsWith("OBJECTIVE: 9", messages[1].Content, StringComparison.Ordinal);
    }
}
