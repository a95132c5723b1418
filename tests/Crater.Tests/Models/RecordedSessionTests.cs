using System.Text;
using System.Text.Json.Nodes;
using Crater.Models;
using Crater.Models.Checks;
using Crater.Tests.Architecture;
using Crater.Tests.Models.Scripted;
using Xunit;

namespace Crater.Tests.Models;

/// <summary>Whole sessions played again byte for byte: what is sent has not changed, and what comes back leads to the same end. CRATER_WRITE_DOCS=1 records them anew.</summary>
public sealed class RecordedSessionTests
{
    private static string File(string name) => RepositoryRoot.File("tests", "Crater.Tests", "Models", "Recordings", $"{name}.jsonl");

    private static async Task<ScriptedModelServer> StartAsync(string name, params Func<Microsoft.AspNetCore.Http.HttpContext, JsonObject, Task>[] turns)
    {
        if (Environment.GetEnvironmentVariable("CRATER_WRITE_DOCS") != "1")
        {
            return await ScriptedModelServer.StartAsync(Recording.Play(File(name)));
        }

        List<JsonObject> lines = [];
        Directory.CreateDirectory(Path.GetDirectoryName(File(name))!);
        return await ScriptedModelServer.StartAsync(Recording.Of(lines, turns).Select(turn => (Func<Microsoft.AspNetCore.Http.HttpContext, JsonObject, Task>)(async (context, request) =>
        {
            await turn(context, request);
            System.IO.File.WriteAllText(File(name), string.Concat(lines.Select(line => line.ToJsonString() + "\n")), new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
        })));
    }

    [Theory]
    [InlineData(Protocol.OpenAi, "suggest-openai")]
    [InlineData(Protocol.Anthropic, "suggest-anthropic")]
    public async Task Advice_with_a_correction(Protocol protocol, string name)
    {
        var shortlist = SomeAdvice.Shortlist();
        var digest = SomeAdvice.Digest(shortlist);
        await using var session = await StartAsync(
            name, Say.DoesNotKnow("schema"), Say.Form(SomeAdvice.Choosing(digest, "k99").ToJsonString()), Say.Form(SomeAdvice.Choosing(digest, "k02", "k01").ToJsonString()));

        var advisory = await SomeAdvice.AskAsync(session, shortlist, protocol, count: 2);

        Assert.Equal(("tool-call", 1, ""), (advisory.Origin.Rung, advisory.Origin.Repairs, advisory.Origin.Fallback));
        Assert.Equal([digest.Offers["k02"].Id, digest.Offers["k01"].Id], advisory.Proposals.Select(proposal => proposal.Id));
        Assert.Equal(0, session.TurnsLeft);
    }

    [Theory]
    [InlineData(Protocol.OpenAi, "check-openai")]
    [InlineData(Protocol.Anthropic, "check-anthropic")]
    public async Task A_check_with_a_stream(Protocol protocol, string name)
    {
        await using var session = await StartAsync(
            name, Say.Form("""{"colour":"red"}"""), Say.Form("""{"text":"crater"}"""), Say.Text("""{"ok":true}"""), Say.Text("one, two, three, four, five"));
        using var model = Asking.Model(session, protocol);

        Assert.All(await ModelCheck.RunAsync(model, TestContext.Current.CancellationToken), one => Assert.True(one.Works, one.Detail));
        Assert.Equal(0, session.TurnsLeft);
    }
}
