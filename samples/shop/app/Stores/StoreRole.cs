using System.Buffers;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Shop.Hosting;

namespace Shop.Stores;

/// <summary>The HTTP side of a data store: documents under <c>/docs/{collection}/{key}</c>, and the conversation between replicas under <c>/replica</c>.</summary>
internal static class StoreRole
{
    /// <summary>catalogue-db, carts-db, orders-db, user-db. Full means that writes are refused.</summary>
    public static void Database(RoleHost host) => Documents(host, Open(host, dropsOldest: false));

    /// <summary>redis: full means that the oldest goes.</summary>
    public static void Cache(RoleHost host) => Documents(host, Open(host, dropsOldest: true));

    /// <summary>The store that the settings describe: <c>DATA_DIR</c>, <c>ENTRIES_MAX</c>, <c>POD_NAME</c>, and in <c>PEERS</c> all replicas as <c>name=url,name=url</c>.</summary>
    public static ReplicatedStore Open(RoleHost host, bool dropsOldest)
    {
        var self = host.Settings.Text("POD_NAME", host.Role);
        var directory = host.Settings.Text("DATA_DIR", "");
        var file = directory.Length == 0 ? null : new StoreFile(directory, self);
        var local = new Store(new StoreLimits(host.Settings.Count("ENTRIES_MAX", 50_000), dropsOldest), file, host.Clock);
        local.Load();
        var followers = host.Settings.Text("PEERS", "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Select(peer => peer.Split('=', 2)).Where(peer => peer[0] != self)
            .Select(peer => new Follower(peer[0], host.Call("peer", peer[1]))).ToList();
        var store = new ReplicatedStore(local, self, followers, host);
        host.NotReadyBecause = () => store.NotReadyBecause;
        host.Metrics.Gauge("store_entries", () => local.Count);
        if (followers.Count > 0)
        {
            host.Metrics.Gauge("store_followers_up", () => followers.Count(follower => follower.IsUp));
            host.Beside(store.WatchFollowersAsync);
        }

        Replicas(host, store);
        return store;
    }

    private static void Documents(RoleHost host, ReplicatedStore store)
    {
        Seeds.Plant(host.Role, store);
        host.Routes.Add("GET", "/docs/{collection}", request => Task.FromResult(List(store, request)));
        host.Routes.Add("GET", "/docs/{collection}/{key}", request => Task.FromResult(store.Local.Find(Key(request)) is { } entry
            ? new Reply(200, entry.Value!) { Version = entry.Version }
            : Reply.Error(404, $"There is no document {Key(request)}.")));
        host.Routes.Add("PUT", "/docs/{collection}/{key}", request => PutAsync(store, request));
        host.Routes.Add("DELETE", "/docs/{collection}/{key}", async request => Written(await store.WriteAsync(Key(request), null, null, null)));
    }

    private static Reply List(ReplicatedStore store, Request request)
    {
        var max = int.TryParse(request.Query("max", "100"), out var asked) ? Math.Clamp(asked, 1, 1000) : 100;
        var items = new JsonArray([.. store.Local.List($"{request.Path("collection")}/{request.Query("prefix", "")}", max).Select(entry => JsonNode.Parse(entry.Value))]);
        return Reply.Json(200, new JsonObject { ["items"] = items });
    }

    private static async Task<Reply> PutAsync(ReplicatedStore store, Request request)
    {
        var value = await request.BodyAsync();
        if (value.Length > StoreLimits.ValueBytesMax)
        {
            return Reply.Error(413, $"A document may be {StoreLimits.ValueBytesMax} bytes long; this one is {value.Length}.");
        }

        if (!IsObject(value))
        {
            return Reply.Error(400, "The document is not one JSON object.");
        }

        TimeSpan? life = Settings.ParseDuration(request.Query("ttl", "none")) is { } ttl && ttl > TimeSpan.Zero ? ttl : null;
        long? expected = long.TryParse(request.Header("If-Match").Trim('"'), out var version) ? version : null;
        return Written(await store.WriteAsync(Key(request), value, life, expected));
    }

    private static void Replicas(RoleHost host, ReplicatedStore store)
    {
        host.Routes.Add("GET", "/replica/name", _ => Task.FromResult(Reply.Text(200, store.Self)));
        host.Routes.Add("GET", "/replica/entries", _ =>
        {
            var lines = new ArrayBufferWriter<byte>(64 * 1024);
            store.Local.Everything().ForEach(entry => entry.WriteTo(lines));
            return Task.FromResult(new Reply(200, lines.WrittenSpan.ToArray(), "application/jsonl"));
        });
        host.Routes.Add("POST", "/replica/entries", async request =>
        {
            StoreEntry? newer = null;
            foreach (var entry in Follower.Lines(await request.BodyAsync(Follower.BatchBytesMax)))
            {
                newer = store.Follow(entry) ?? newer;
            }

            return newer is null ? Reply.Empty(200) : Line(409, newer);
        });
    }

    private static Reply Line(int status, StoreEntry entry)
    {
        var line = new ArrayBufferWriter<byte>(1024);
        entry.WriteTo(line);
        return new Reply(status, line.WrittenSpan.ToArray(), "application/jsonl");
    }

    private static Reply Written((WriteResult Result, long Version) written) => written.Result switch
    {
        WriteResult.Stored => Reply.Empty(204) with { Version = written.Version },
        WriteResult.Conflict => Reply.Error(StatusCodes.Status412PreconditionFailed, "Another write of this document came first."),
        _ => Reply.Error(StatusCodes.Status507InsufficientStorage, "The store is full."),
    };

    private static string Key(Request request) => $"{request.Path("collection")}/{request.Path("key")}";

    private static bool IsObject(byte[] value)
    {
        try
        {
            var reader = new Utf8JsonReader(value);
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            {
                return false;
            }

            reader.Skip();
            return !reader.Read();
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
