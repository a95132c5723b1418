using System.Collections.Concurrent;
using Crater.Kubernetes.Client;
using Microsoft.AspNetCore.Http;

namespace Crater.Tests.Kubernetes.Client;

/// <summary>A fake: an API server whose lists and watches are written down beforehand, one answer for each time that it is asked. The last watch stays open.</summary>
internal sealed class WatchScript : IAsyncDisposable
{
    private readonly ConcurrentQueue<string> _lists;
    private readonly ConcurrentQueue<Func<HttpContext, Task>> _watches;
    private readonly TaskCompletionSource _over = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private FakeFront _front = null!;

    private WatchScript(IEnumerable<string> lists, IEnumerable<Func<HttpContext, Task>> watches) => (_lists, _watches) = (new(lists), new(watches));

    /// <summary>What was asked, with its query.</summary>
    public ConcurrentQueue<string> Asked { get; } = new();

    public HttpClient Http { get; private set; } = null!;

    public static async Task<WatchScript> StartAsync(IEnumerable<string> lists, params Func<HttpContext, Task>[] watches)
    {
        var script = new WatchScript(lists, watches);
        script._front = await FakeFront.StartAsync(script.AnswerAsync);
        script.Http = new HttpClient { BaseAddress = script._front.Address };
        return script;
    }

    public static string List(int version, params string[] pods) =>
        $$"""{"kind":"PodList","metadata":{"resourceVersion":"{{version}}"},"items":[{{string.Join(',', pods)}}]}""";

    public static string Pod(string name, int version, string uid = "") =>
        $$$"""{"kind":"Pod","metadata":{"name":"{{{name}}}","namespace":"shop","uid":"{{{(uid.Length > 0 ? uid : name)}}}","resourceVersion":"{{{version}}}"}}""";

    public static string Event(string type, string of) => $$"""{"type":"{{type}}","object":{{of}}}""" + "\n";

    public static Func<HttpContext, Task> Says(params string[] events) => context => context.Response.WriteAsync(string.Concat(events), context.RequestAborted);

    /// <summary>Runs an informer until it has told as much as is wanted.</summary>
    public async Task<(Informer Informer, IReadOnlyList<string> Told)> TellAsync(int wanted, TimeProvider clock, InformerOptions options, CancellationToken stop)
    {
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(stop);
        List<string> told = [];
        var informer = new Informer(new KubernetesClient(Http, "script", clock), Resource.Pods, "shop", options, clock);
        await informer.RunAsync((one, _) =>
        {
            told.Add($"{one.Change} {one.Object.Name()}");
            if (told.Count == wanted)
            {
                enough.Cancel();
            }

            return ValueTask.CompletedTask;
        }, enough.Token);
        return (informer, told);
    }

    public async ValueTask DisposeAsync()
    {
        _over.TrySetResult();
        Http.Dispose();
        await _front.DisposeAsync();
    }

    private async Task<bool> AnswerAsync(HttpContext context)
    {
        Asked.Enqueue(context.Request.QueryString.Value!);
        if (context.Request.Query["watch"] != "true")
        {
            return _lists.TryDequeue(out var list)
                ? await SendAsync(context, list)
                : await FakeFront.StatusAsync(context, 500, "InternalError", "the script has no more lists");
        }

        if (_watches.TryDequeue(out var watch))
        {
            await watch(context);
        }
        else
        {
            await context.Response.Body.FlushAsync(context.RequestAborted);
            await _over.Task.WaitAsync(context.RequestAborted);
        }

        return true;
    }

    private static async Task<bool> SendAsync(HttpContext context, string list)
    {
        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync(list, context.RequestAborted);
        return true;
    }
}
