using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Crater.Lab.Store;

namespace Crater.Lab.Api;

/// <summary>One watch: what is there when it begins (where asked for), then every change, until a time limit or until the reader leaves.</summary>
internal sealed class WatchAnswer(
    ResourceStore store, TimeProvider clock, ApiRequest request, Selection selection, Func<JsonObject, bool, JsonObject> form) : IDisposable
{
    /// <summary>How long a watch lasts when the client sets no limit; the real server takes 30 to 60 minutes.</summary>
    private static readonly TimeSpan LengthMax = TimeSpan.FromMinutes(30);

    /// <summary>How often a quiet watch is told the newest resourceVersion, if it wants to be told.</summary>
    private static readonly TimeSpan BookmarkEvery = TimeSpan.FromSeconds(30);

    private readonly SemaphoreSlim _turn = new(1);
    private bool _isFirst = true;
    private long _seen;

    public async Task WriteAsync(CancellationToken stopping)
    {
        var length = int.TryParse(request.Query("timeoutSeconds"), out var seconds) && seconds > 0 ? TimeSpan.FromSeconds(seconds) : LengthMax;
        using var limit = new CancellationTokenSource(length, clock);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, stopping, request.Http.RequestAborted);
        request.Http.Response.ContentType = MediaTypes.Json;
        var (initial, version, withEnd) = Begin();
        IAsyncEnumerable<StoreEvent> changes;
        try
        {
            changes = store.WatchAsync(request.Kind.StoreName, version, ended.Token);
        }
        catch (StoreConflictException expired)
        {
            await SendAsync("ERROR", ApiException.Expired(expired.Message).ToJson(), CancellationToken.None);
            return;
        }

        _seen = version;
        await request.Http.Response.StartAsync(ended.Token);
        await request.Http.Response.Body.FlushAsync(ended.Token);
        try
        {
            await using var bookmarks = request.QueryFlag("allowWatchBookmarks")
                ? clock.CreateTimer(_ => _ = BookmarkAsync(ended.Token), null, BookmarkEvery, BookmarkEvery) : null;
            foreach (var item in initial)
            {
                await SendObjectAsync("ADDED", item, ended.Token);
            }

            if (withEnd)
            {
                await SendAsync("BOOKMARK", Bookmark(version, isInitialEnd: true), ended.Token);
            }

            await FollowAsync(changes, ended.Token);
        }
        catch (OperationCanceledException) when (ended.IsCancellationRequested)
        {
            // The usual end of a watch.
        }
    }

    public void Dispose() => _turn.Dispose();

    private (IEnumerable<JsonObject> Initial, long Version, bool WithEnd) Begin()
    {
        var asked = request.Query("resourceVersion");
        var withEnd = request.QueryFlag("sendInitialEvents");
        if (withEnd || asked is "" or "0")
        {
            var (items, version) = store.Scan(request.Kind.StoreName, request.Space.Length == 0 ? null : request.Space);
            return (items.Where(selection.Matches), version, withEnd);
        }

        return long.TryParse(asked, NumberStyles.None, CultureInfo.InvariantCulture, out var from)
            ? ([], from, false)
            : throw new ApiException(500, "", $"resourceVersion: Invalid value: \"{asked}\": strconv.ParseUint: parsing \"{asked}\": invalid syntax");
    }

    private async Task FollowAsync(IAsyncEnumerable<StoreEvent> changes, CancellationToken ended)
    {
        await foreach (var change in changes)
        {
            if (request.Space.Length == 0 || change.Object.Space() == request.Space)
            {
                var isIn = selection.Matches(change.Object);
                var wasIn = change.Change switch
                {
                    StoreChange.Added => false,
                    StoreChange.Deleted => isIn,
                    _ => change.Previous is { } before && selection.Matches(before),
                };
                var type = (wasIn, isIn && change.Change != StoreChange.Deleted) switch
                {
                    (false, true) => "ADDED",
                    (true, true) => "MODIFIED",
                    (true, false) => "DELETED",
                    _ => "",
                };
                if (type.Length > 0)
                {
                    await SendObjectAsync(type, change.Object, ended);
                }
            }

            Interlocked.Exchange(ref _seen, change.Version);
        }
    }

    private async Task SendObjectAsync(string type, JsonObject stored, CancellationToken ended)
    {
        var body = form(stored, _isFirst);
        _isFirst = false;
        await SendAsync(type, body, ended);
    }

    private async Task BookmarkAsync(CancellationToken ended)
    {
        try
        {
            await SendAsync("BOOKMARK", Bookmark(Interlocked.Read(ref _seen), isInitialEnd: false), ended);
        }
        catch (Exception gone) when (gone is OperationCanceledException or IOException or ObjectDisposedException or InvalidOperationException)
        {
            // The watch ended between the tick and the write.
        }
    }

    private JsonObject Bookmark(long version, bool isInitialEnd)
    {
        var metadata = new JsonObject { ["resourceVersion"] = version.ToString() };
        if (isInitialEnd)
        {
            metadata["annotations"] = new JsonObject { ["k8s.io/initial-events-end"] = "true" };
        }

        return new JsonObject { ["kind"] = request.Kind.Kind, ["apiVersion"] = request.Kind.ApiVersion, ["metadata"] = metadata };
    }

    private async Task SendAsync(string type, JsonObject body, CancellationToken ended)
    {
        await _turn.WaitAsync(ended);
        try
        {
            var output = request.Http.Response.BodyWriter;
            await using (var writer = new Utf8JsonWriter(output))
            {
                writer.WriteStartObject();
                writer.WriteString("type", type);
                writer.WritePropertyName("object");
                body.WriteTo(writer);
                writer.WriteEndObject();
            }

            output.GetSpan(1)[0] = (byte)'\n';
            output.Advance(1);
            await output.FlushAsync(ended);
        }
        finally
        {
            _turn.Release();
        }
    }
}
