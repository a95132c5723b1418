using System.Globalization;
using Crater.Lab.Api.Admission;
using Crater.Lab.Store;

namespace Crater.Lab.Api;

/// <summary>Which state of the objects a list asks for, and how much of it.</summary>
/// <param name="Limit">0 for all.</param>
/// <param name="Exact">The version whose state is asked for; null for the newest.</param>
internal sealed record ListOptions(int Limit, string Continue, long? Exact)
{
    /// <exception cref="ApiException">The options contradict each other, or the version is not there (yet, or any more).</exception>
    public static ListOptions Read(ApiRequest request, ResourceStore store)
    {
        var limit = Number(request.Query("limit"));
        var (version, match, next) = (request.Query("resourceVersion"), request.Query("resourceVersionMatch"), request.Query("continue"));
        Check(request, version, match, next);
        if (version is "" or "0" || next.Length > 0)
        {
            return new ListOptions(limit, next, null);
        }

        var asked = CheckVersion(version, store);
        return new ListOptions(limit, next, match == "Exact" || (match.Length == 0 && limit > 0) ? asked : null);
    }

    /// <returns>The version as a number; 0 for any.</returns>
    /// <exception cref="ApiException">It is none, or one of the future.</exception>
    public static long CheckVersion(string version, ResourceStore store)
    {
        if (version.Length == 0)
        {
            return 0;
        }

        if (!long.TryParse(version, NumberStyles.None, CultureInfo.InvariantCulture, out var asked))
        {
            throw ApiException.BadRequest($"invalid resource version: resourceVersion: Invalid value: \"{version}\": strconv.ParseUint: parsing \"{version}\": invalid syntax");
        }

        var newest = store.Version;
        if (asked > newest)
        {
            throw new ApiException(504, "Timeout", $"Timeout: Too large resource version: {asked}, current: {newest}") { RetryAfter = TimeSpan.FromSeconds(1) };
        }

        return asked;
    }

    private static void Check(ApiRequest request, string version, string match, string next)
    {
        _ = Number(request.Query("timeoutSeconds"));
        var errors = new FieldErrors();
        var isInitial = request.Query("sendInitialEvents").Length > 0;
        if (match.Length > 0)
        {
            if (isInitial && match != "NotOlderThan")
            {
                errors.Forbidden("resourceVersionMatch", "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan");
            }

            if (!isInitial && version.Length == 0)
            {
                errors.Forbidden("resourceVersionMatch", "resourceVersionMatch is forbidden unless resourceVersion is provided");
            }

            if (next.Length > 0)
            {
                errors.Forbidden("resourceVersionMatch", "resourceVersionMatch is forbidden when continue is provided");
            }

            if (match is not ("Exact" or "NotOlderThan"))
            {
                errors.NotSupported("resourceVersionMatch", match, isSorted: false, ["Exact", "NotOlderThan", ""]);
            }
            else if (match == "Exact" && version == "0")
            {
                errors.Forbidden("resourceVersionMatch", "resourceVersionMatch \"exact\" is forbidden for resourceVersion \"0\"");
            }
        }
        else if (isInitial)
        {
            errors.Forbidden("resourceVersionMatch", "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan");
        }

        errors.Throw(new ResourceKind("meta.k8s.io", "v1", "", "ListOptions", false) { Group = "" }, "");
    }

    private static int Number(string text)
    {
        if (text.Length == 0)
        {
            return 0;
        }

        return long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            ? (int)Math.Clamp(number, 0, int.MaxValue)
            : throw ApiException.BadRequest($"strconv.ParseInt: parsing \"{text}\": invalid syntax");
    }

    /// <summary>What a watch must not ask for either.</summary>
    public static void CheckWatch(ApiRequest request) =>
        Check(request, request.Query("resourceVersion"), request.Query("resourceVersionMatch"), request.Query("continue"));
}
