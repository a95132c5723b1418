using Crater.Kubernetes.Client;
using Xunit;
using static Crater.Tests.Kubernetes.Client.WatchScript;

namespace Crater.Tests.Kubernetes.Client;

public sealed class InformerTests
{
    private const string Expired = """{"kind":"Status","code":410,"reason":"Expired","message":"too old resource version: 5 (9)"}""";

    private readonly LeapingClock _clock = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_watch_goes_on_where_the_list_ended()
    {
        await using var script = await WatchScript.StartAsync([List(5, Pod("a", 3))], Says(Event("MODIFIED", Pod("a", 6)), Event("ADDED", Pod("b", 7)), Event("DELETED", Pod("a", 8))));
        var (informer, told) = await script.TellAsync(4, _clock, new InformerOptions(), Stop);
        Assert.Equal(["Added a", "Updated a", "Added b", "Deleted a"], told);
        Assert.Equal(["b"], informer.Objects.Select(pod => pod.Name()));
        Assert.Contains("&resourceVersion=5&", script.Asked.ElementAt(1), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_bookmark_says_where_the_next_watch_begins()
    {
        await using var script = await WatchScript.StartAsync([List(5)],
            Says(Event("BOOKMARK", """{"kind":"Pod","metadata":{"resourceVersion":"40"}}""")), Says(Event("ADDED", Pod("b", 41))));
        var (_, told) = await script.TellAsync(1, _clock, new InformerOptions(), Stop);
        Assert.Equal(["Added b"], told);
        Assert.Contains("&resourceVersion=40&", script.Asked.ElementAt(2), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_version_that_is_too_old_is_listed_anew_and_what_went_meanwhile_is_told()
    {
        await using var script = await WatchScript.StartAsync([List(5, Pod("a", 3), Pod("b", 4)), List(9, Pod("b", 4), Pod("c", 8))], Says(Event("ERROR", Expired)));
        var (_, told) = await script.TellAsync(4, _clock, new InformerOptions(), Stop);
        Assert.Equal(["Added a", "Added b", "Deleted a", "Added c"], told);
        Assert.Empty(_clock.Pauses);
    }

    [Fact]
    public async Task A_410_instead_of_a_watch_is_listed_anew_as_well()
    {
        await using var script = await WatchScript.StartAsync([List(5), List(9, Pod("c", 8))], context => FakeFront.StatusAsync(context, 410, "Expired", "too old"));
        Assert.Equal(["Added c"], (await script.TellAsync(1, _clock, new InformerOptions(), Stop)).Told);
    }

    [Fact]
    public async Task A_server_that_always_says_too_old_is_given_longer_and_longer_pauses()
    {
        await using var script = await WatchScript.StartAsync([List(5), List(6), List(7), List(9, Pod("c", 8))],
            Says(Event("ERROR", Expired)), Says(Event("ERROR", Expired)), Says(Event("ERROR", Expired)));
        await script.TellAsync(1, _clock, new InformerOptions(), Stop);
        Assert.Collection(_clock.Pauses, first => Assert.InRange(first.TotalSeconds, 1.6, 3.2), second => Assert.InRange(second.TotalSeconds, 3.2, 6.4));
    }

    [Fact]
    public async Task A_line_that_ends_in_the_middle_is_taken_up_after_the_last_whole_one()
    {
        await using var script = await WatchScript.StartAsync([List(5)],
            Says(Event("ADDED", Pod("a", 6)), """{"type":"ADDED","object":{"kind":"Po"""), Says(Event("ADDED", Pod("b", 7))));
        var (_, told) = await script.TellAsync(2, _clock, new InformerOptions(), Stop);
        Assert.Equal(["Added a", "Added b"], told);
        Assert.Contains("&resourceVersion=6&", script.Asked.ElementAt(2), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_object_of_the_same_name_is_one_that_went_and_one_that_came()
    {
        await using var script = await WatchScript.StartAsync([List(5, Pod("a", 3, "first"))], Says(Event("MODIFIED", Pod("a", 9, "second"))));
        Assert.Equal(["Added a", "Deleted a", "Added a"], (await script.TellAsync(3, _clock, new InformerOptions(), Stop)).Told);
    }

    [Fact]
    public async Task What_a_watch_never_told_is_found_by_the_next_list()
    {
        await using var script = await WatchScript.StartAsync([List(5, Pod("a", 3)), List(20, Pod("a", 3), Pod("lost", 12))], context =>
        {
            _clock.Leap(TimeSpan.FromHours(1));
            return Says(Event("BOOKMARK", """{"kind":"Pod","metadata":{"resourceVersion":"20"}}"""))(context);
        });
        Assert.Equal(["Added a", "Added lost"], (await script.TellAsync(2, _clock, new InformerOptions(), Stop)).Told);
    }

    [Fact]
    public async Task Everything_is_told_again_as_often_as_was_asked()
    {
        await using var script = await WatchScript.StartAsync([List(5, Pod("a", 3))], context =>
        {
            _clock.Leap(TimeSpan.FromMinutes(1));
            return Says(Event("BOOKMARK", """{"kind":"Pod","metadata":{"resourceVersion":"6"}}"""))(context);
        });
        Assert.Equal(["Added a", "Resync a"], (await script.TellAsync(2, _clock, new InformerOptions { ResyncEvery = TimeSpan.FromSeconds(50) }, Stop)).Told);
    }

    [Fact]
    public async Task A_server_that_fails_is_asked_again_and_the_failure_can_be_seen_until_then()
    {
        var failures = new List<string?>();
        Informer? informer = null;
        await using var script = await WatchScript.StartAsync([List(5)], context => FakeFront.StatusAsync(context, 403, "Forbidden", "no watch for you"), async context =>
        {
            failures.Add(informer!.Failure?.Code);
            await Says(Event("ADDED", Pod("a", 6)))(context);
        });
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        informer = new Informer(new KubernetesClient(script.Http, "script", _clock), Resource.Pods, "shop", new InformerOptions(), _clock);
        await informer.RunAsync((_, _) =>
        {
            enough.Cancel();
            return ValueTask.CompletedTask;
        }, enough.Token);
        Assert.Equal(["CRT5202"], failures);
    }

    [Fact]
    public async Task The_labs_own_changes_are_told_in_their_order()
    {
        await using var lab = await LabApi.StartAsync();
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        List<string> told = [];
        var informer = new Informer(lab.Client, Resource.ConfigMaps, "shop", new InformerOptions(), TimeProvider.System);
        var running = informer.RunAsync((one, _) =>
        {
            told.Add($"{one.Change} {one.Object.Name()} {one.Object.Text("data", "k")}");
            if (one.Change == InformerChange.Deleted)
            {
                enough.Cancel();
            }

            return ValueTask.CompletedTask;
        }, enough.Token);
        await informer.Synced.WaitAsync(Stop);
        await lab.Client.CreateAsync(Resource.ConfigMaps, "shop", LabApi.Parse("""{"metadata":{"name":"one"},"data":{"k":"1"}}"""), Stop);
        await lab.Client.PatchAsync(Resource.ConfigMaps, "shop", "one", PatchForm.Merge, LabApi.Parse("""{"data":{"k":"2"}}"""), null, Stop);
        await lab.Client.DeleteAsync(Resource.ConfigMaps, "shop", "one", new DeleteRequest(), Stop);
        await running;
        Assert.Equal(["Added one 1", "Updated one 2", "Deleted one 2"], told);
    }
}
