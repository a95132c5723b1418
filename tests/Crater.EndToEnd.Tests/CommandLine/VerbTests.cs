using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Xunit;

namespace Crater.EndToEnd.Tests.CommandLine;

/// <summary>What every verb keeps to, and what stays in the run folders.</summary>
public sealed partial class VerbTests(CommandLab lab) : IClassFixture<CommandLab>
{
    [Fact]
    public async Task Every_verb_explains_itself()
    {
        var desk = lab.NewDesk();
        var help = await desk.RunAsync("--help");
        var verbs = VerbLine().Matches(help.Out[help.Out.IndexOf("Commands:", StringComparison.Ordinal)..]).Select(match => match.Groups[1].Value).ToList();
        Assert.Empty(((string[])["inventory", "suggest", "validate", "run", "status", "abort", "recover", "report", "history", "catalog", "lab", "demo", "init", "completion"]).Except(verbs));
        foreach (var verb in verbs)
        {
            var answer = await desk.RunAsync(verb, "--help");
            Assert.True(answer.Code == 0 && answer.Out.Contains("Usage:", StringComparison.Ordinal), $"{verb}: {answer}");
        }
    }

    [Fact]
    public async Task Every_verb_answers_with_one_json_document()
    {
        await lab.ReadyAsync();
        var desk = lab.NewDesk();
        var document = desk.Document("deployment-scale", "replicas: 1", "3s", "namespace: sock-shop, kind: deployment, name: bank");
        string[][] calls =
        [
            ["inventory"], ["inventory", "--mermaid"], ["suggest", "--dry-run"], ["validate", document], ["run", document, "--dry-run"], ["run", document],
            ["status"], ["history"], ["report"], ["report", "--print"], ["recover", "--all"], ["abort"], ["catalog"], ["catalog", "pod-kill"], ["catalog", "pod-kil"], ["lab", "status"],
            ["completion", "bash"], ["init"], ["init"], ["status", "chaos-00000000"], ["nonsense"],
        ];
        foreach (var call in calls)
        {
            var answer = await desk.RunAsync([.. call, "--json"]);
            Assert.True(IsJson(answer.Out), $"{string.Join(' ', call)}: {answer}");
        }
    }

    [Fact]
    public async Task Suggest_writes_nothing_in_a_dry_run_and_the_same_files_each_time()
    {
        await lab.ReadyAsync();
        var (dry, one, two) = (lab.NewDesk(), lab.NewDesk(), lab.NewDesk());
        Assert.Equal(0, (await dry.RunAsync("suggest", "--dry-run")).Code);
        Assert.Empty(Directory.GetFileSystemEntries(dry.Folder));

        var first = await one.RunAsync("suggest", "-n", "5");
        Assert.Equal(first, await two.RunAsync("suggest", "-n", "5"));
        var files = Directory.GetFiles(Path.Combine(one.Folder, "experiments"));
        Assert.NotEmpty(files);
        Assert.All(files, file => Assert.Equal(File.ReadAllText(file), File.ReadAllText(file.Replace(one.Folder, two.Folder, StringComparison.Ordinal))));
        await lab.AsBeforeAsync();
    }

    [Fact]
    public async Task A_terminal_of_forty_columns_is_wide_enough()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/script"), "script (util-linux) is missing");
        await lab.ReadyAsync();
        var desk = lab.NewDesk();
        var document = desk.Document("deployment-scale", "replicas: 1", "3s", "namespace: sock-shop, kind: deployment, name: bank");
        foreach (var verb in (string[])["inventory", $"run {document}"])
        {
            using var terminal = desk.Start(new Dictionary<string, string>(), ["/usr/bin/script", "-qec", $"stty cols 40 rows 24; {CraterProcess.Program} {verb}", "/dev/null"]);
            var answer = await terminal.EndAsync();
            Assert.True(answer.Code == 0, answer.ToString());
            var drawn = Escapes().Replace(answer.Out, "").Split('\n', '\r').Where(line => line is ['╭' or '│' or '├' or '╰', ..]).ToList();
            Assert.NotEmpty(drawn);
            Assert.All(drawn, line => Assert.True(line.Length <= 40, $"{line.Length} columns: {line}"));
            Assert.True(verb != "inventory" || drawn.Exists(line => line.Contains("StatefulSet", StringComparison.OrdinalIgnoreCase)), answer.Out);      // no word is cut for want of room
            Assert.DoesNotContain("Unhandled", answer.Out, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_run_is_found_by_its_beginning_and_as_the_latest_and_what_cannot_be_read_is_refused()
    {
        await lab.ReadyAsync();
        var desk = lab.NewDesk();
        Assert.Equal(0, (await desk.RunAsync("run", desk.Document("deployment-scale", "replicas: 1", "4s", "namespace: sock-shop, kind: deployment, name: bank"))).Code);
        var run = desk.Run();
        foreach (var name in (string[])["latest", run, run[..9], run["chaos-".Length..][..4]])
        {
            Assert.Equal(run, (string?)(await desk.RunAsync("status", name, "--json")).Json["run"]);
        }

        await RefusedAsync(desk, "CRT4005", "status", "chaos-ffffffff");

        // The same run, cut in the middle of its last line, then written by a later version, then damaged in the middle.
        var lines = desk.Events(run);
        Copy(desk, run, "chaos-aaaaaaa1", string.Join('\n', lines.Take(lines.Count - 1)) + "\n" + lines[^1][..20]);
        Assert.Equal("open", (string?)(await desk.RunAsync("status", "chaos-aaaaaaa1", "--json")).Json["state"]);
        Assert.Equal(0, (await desk.RunAsync("recover", "chaos-aaaaaaa1", "--json")).Code);
        Assert.Equal("completed", (string?)(await desk.RunAsync("status", "chaos-aaaaaaa1", "--json")).Json["state"]);
        await RefusedAsync(desk, "CRT4006", "status", "chaos-");

        Copy(desk, run, "chaos-aaaaaaa2", FormatNumber().Replace(string.Join('\n', lines) + "\n", "\"format\":99", 1));
        Copy(desk, run, "chaos-aaaaaaa3", string.Join('\n', lines.Select((line, i) => i == 2 ? line[..10] : line)) + "\n");
        foreach (var verb in (string[])["status", "report", "recover", "abort"])
        {
            await RefusedAsync(desk, "CRT4002", verb, "chaos-aaaaaaa2");
            await RefusedAsync(desk, "CRT4003", verb, "chaos-aaaaaaa3");
        }
    }

    private static async Task RefusedAsync(Desk desk, string code, params string[] call)
    {
        var answer = await desk.RunAsync([.. call, "--json"]);
        Assert.True((answer.Code, answer.ErrorCode) == (5, code), $"{string.Join(' ', call)}: expected 5 and {code}: {answer}");
    }

    private static void Copy(Desk desk, string run, string name, string events)
    {
        var folder = Directory.CreateDirectory(Path.Combine(desk.Runs, name)).FullName;
        foreach (var file in Directory.GetFiles(Path.Combine(desk.Runs, run)).Where(file => Path.GetFileName(file) is not ("lock" or "holder")))
        {
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        }

        File.WriteAllText(Path.Combine(folder, "events.jsonl"), events.Replace(run, name, StringComparison.Ordinal));
    }

    private static bool IsJson(string text)
    {
        try
        {
            return JsonNode.Parse(text) is not null;
        }
        catch (System.Text.Json.JsonException)
        {
            return false;
        }
    }

    [GeneratedRegex(@"^  ([a-z]+) ", RegexOptions.Multiline)]
    private static partial Regex VerbLine();

    [GeneratedRegex(@"\x1b\[[0-9;?]*[A-Za-z]")]
    private static partial Regex Escapes();

    [GeneratedRegex("\"format\":1")]
    private static partial Regex FormatNumber();
}
