using System.Text;
using System.Text.Json.Nodes;
using Crater.Lab.Store;

namespace Crater.Lab.Api;

/// <summary>A list, or the piece of it that limit and continue ask for.</summary>
/// <param name="Continue">Where the next piece begins; "" after the last.</param>
/// <param name="Remaining">How many objects come after this piece.</param>
internal sealed record ListPage(IReadOnlyList<JsonObject> Items, long Version, string Continue, int Remaining)
{
    /// <exception cref="ApiException">BadRequest: the continue token was not made here.</exception>
    public static ListPage Cut(ApiRequest request, IReadOnlyList<JsonObject> items, long version)
    {
        if (request.Query("continue") is { Length: > 0 } token)
        {
            var (since, space, name) = ReadToken(token);
            version = since;
            items = items.Where(item => IsAfter(item, space, name)).ToList();
        }

        if (!int.TryParse(request.Query("limit"), out var limit) || limit <= 0 || items.Count <= limit)
        {
            return new ListPage(items, version, "", 0);
        }

        var piece = items.Take(limit).ToList();
        var next = Convert.ToBase64String(Encoding.UTF8.GetBytes($"{version}\n{piece[^1].Space()}\n{piece[^1].Name()}"));
        return new ListPage(piece, version, next, items.Count - limit);
    }

    public JsonObject Metadata()
    {
        var metadata = new JsonObject { ["resourceVersion"] = Version.ToString() };
        if (Continue.Length > 0)
        {
            metadata["continue"] = Continue;
            metadata["remainingItemCount"] = Remaining;
        }

        return metadata;
    }

    private static bool IsAfter(JsonObject item, string space, string name) =>
        string.CompareOrdinal(item.Space(), space) is var order && (order > 0 || (order == 0 && string.CompareOrdinal(item.Name(), name) > 0));

    private static (long Version, string Space, string Name) ReadToken(string token)
    {
        var bytes = new byte[token.Length];
        if (Convert.TryFromBase64String(token, bytes, out var length)
            && Encoding.UTF8.GetString(bytes, 0, length).Split('\n') is [var since, var space, var name]
            && long.TryParse(since, out var version))
        {
            return (version, space, name);
        }

        throw ApiException.BadRequest("continue key is not valid: the token was not issued by this server");
    }
}
