using Crater.Models;
using Crater.Models.Checks;
using Crater.Tests.Models.Scripted;
using Xunit;

namespace Crater.Tests.Models;

public sealed class ModelCheckTests
{
    private static async Task<IReadOnlyList<Capability>> CheckAsync(ScriptedModelServer script, Protocol protocol = Protocol.OpenAi)
    {
        using var model = Asking.Model(script, protocol);
        return await ModelCheck.RunAsync(model, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Who_can_do_all_of_it_can_do_all_of_it()
    {
        await using var script = await ScriptedModelServer.StartAsync(Say.Form("""{"colour":"green"}"""), Say.Form("""{"text":"crater"}"""), Say.Text("""{"ok":true}"""), Say.Text("one two three four five"));

        var found = await CheckAsync(script);

        Assert.Equal([("strict schema", true), ("tools", true), ("JSON", true), ("streaming", true)], found.Select(one => (one.Name, one.Works)));
        Assert.All(found, one => Assert.Equal(("script-1", new Usage(100, 20)), (one.Model, one.Usage)));
        Assert.True(found.All(one => one.Latency > TimeSpan.Zero));
    }

    [Fact]
    public async Task Who_takes_the_schema_and_does_not_keep_to_it_is_found_out()
    {
        await using var script = await ScriptedModelServer.StartAsync(Say.Text("""{"colour":"blue"}"""), Say.DoesNotKnow("tools"), Say.Text("Sure! {\"ok\":true}"), Say.CutOff("one two"));

        var found = await CheckAsync(script);

        Assert.All(found, one => Assert.False(one.Works));
        Assert.Equal("the answer does not keep to the schema", found[0].Detail);
        Assert.StartsWith("script, model script-1,", found[1].Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_key_ends_it_at_once()
    {
        await using var script = await ScriptedModelServer.StartAsync(Say.Status(401), Say.Text("never asked"));

        Assert.Equal("CRT7306", (await Assert.ThrowsAsync<Diagnostics.CraterException>(() => CheckAsync(script))).Code);
        Assert.Equal(1, script.TurnsLeft);
    }

    [Fact]
    public async Task Anthropic_has_no_way_of_asking_for_JSON_but_words()
    {
        await using var script = await ScriptedModelServer.StartAsync(Say.Form("""{"colour":"red"}"""), Say.Form("""{"text":"crater"}"""), Say.Text("""{"ok":true}"""), Say.Text("one two three"));

        Assert.All(await CheckAsync(script, Protocol.Anthropic), one => Assert.True(one.Works, one.Detail));
    }
}
