using System.Text;
using System.Text.Json.Nodes;
using Crater.Lab.Store;

namespace Crater.Lab.Api;

/// <summary>A list, or the piece of it that limit and continue ask for. All pieces show the state in which the first was read.</summary>
/// <param name="Continue">Where the next piece begins; "" after the last.</param>
/// <param name="Remaining">How many objects come after this piece; null where a selector makes that unknown.</param>
internal sealed record ListPage(IReadOnlyList<JsonObject> Items, long Version, string Continue, int? Remaining)
{
    private const string TooOld = "The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, "
        + "or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects "
        + "that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.";

    /// <exception cref="ApiException">BadRequest: the continue token was not made here. Expired: the state that is asked for is forgotten.</exception>
    public static ListPage Read(ApiRequest request, ResourceStore store, Selection selection)
    {
        var options = ListOptions.Read(request, store);
        var (since, afterSpace, afterName) = options.Continue.Length > 0 ? ReadToken(options.Continue) : (0, "", "");
        var exact = options.Exact ?? (since > 0 ? since : null);
        var place = request.Space.Length == 0 ? null : request.Space;
        var (items, version) = exact is { } wanted && store.ScanAt(request.Kind.StoreName, place, wanted) is { } past ? (past, wanted)
            : exact is null ? store.Scan(request.Kind.StoreName, place)
            : throw Forgotten(options, afterSpace, afterName);
        IEnumerable<JsonObject> left = items;
        if (options.Continue.Length > 0)
        {
            left = left.Where(item => IsAfter(item, afterSpace, afterName));
        }

        var matching = (selection.IsEverything ? left : left.Where(selection.Matches)).ToList();
        if (options.Limit == 0 || matching.Count <= options.Limit)
        {
            return new ListPage(matching, version, "", null);
        }

        var piece = matching[..options.Limit];
        return new ListPage(piece, version, Token(version, piece[^1].Space(), piece[^1].Name()), selection.IsEverything ? matching.Count - options.Limit : null);
    }

    public JsonObject Metadata()
    {
        var metadata = new JsonObject { ["resourceVersion"] = Version.ToString() };
        if (Continue.Length > 0)
        {
            metadata["continue"] = Continue;
            if (Remaining is { } remaining)
            {
                metadata["remainingItemCount"] = remaining;
            }
        }

        return metadata;
    }

    private static ApiException Forgotten(ListOptions options, string space, string name) => options.Continue.Length == 0
        ? ApiException.Expired("The resourceVersion for the provided list is too old.")
        : new ApiException(410, "Expired", TooOld) { Continue = Token(-1, space, name) };

    private static bool IsAfter(JsonObject item, string space, string name) =>
        string.CompareOrdinal(item.Space(), space) is var order && (order > 0 || (order == 0 && string.CompareOrdinal(item.Name(), name) > 0));

    private static string Token(long version, string space, string name)
    {
        var json = new JsonObject { ["v"] = "meta.k8s.io/v1", ["rv"] = version, ["start"] = $"{space}/{name}\0" };
        return Convert.ToBase64String(Encoding.UTF8.GetBytes(json.ToJsonString())).TrimEnd('=').Replace('+', '-').Replace('/', '_');
    }

    private static (long Version, string Space, string Name) ReadToken(string token)
    {
        try
        {
            var padded = token.Replace('-', '+').Replace('_', '/').PadRight((token.Length + 3) / 4 * 4, '=');
            var json = JsonNode.Parse(Encoding.UTF8.GetString(Convert.FromBase64String(padded)));
            var start = json.Text("start").TrimEnd('\0').Split('/');
            return start.Length == 2 ? (json.Number("rv") ?? 0, start[0], start[1]) : throw new FormatException("continue key is not valid: incorrect encoded start resourceVersion (version meta.k8s.io/v1)");
        }
        catch (Exception wrong) when (wrong is FormatException or System.Text.Json.JsonException)
        {
            throw ApiException.BadRequest("invalid continue token: continue key is not valid: " + wrong.Message);
        }
    }
}
