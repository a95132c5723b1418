using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Crater.Kubernetes.Client;

namespace Crater.Kubernetes.Operator;

/// <summary>Whether somebody may read the operator's metrics.</summary>
public enum MetricsAccess
{
    /// <summary>The cluster could not say, so nobody may.</summary>
    NotKnown,
    Allowed,

    /// <summary>The cluster does not know the bearer.</summary>
    Unknown,

    /// <summary>It knows them, and its roles do not let them.</summary>
    Refused,
}

/// <summary>
/// Who may read the operator's metrics, by the cluster's own word: a TokenReview says whose token it is, a SubjectAccessReview whether they may get <c>/metrics</c>.
/// </summary>
/// <param name="client">One of its own, so that a flood of questions takes nothing from the operator's work.</param>
public sealed class MetricsReaders(KubernetesClient client, TimeProvider clock)
{
    public const string Path = "/metrics";

    /// <summary>How long a yes is good: what was taken away ends after it.</summary>
    public static readonly TimeSpan YesLasts = TimeSpan.FromMinutes(1);

    /// <summary>How long a no is good.</summary>
    public static readonly TimeSpan NoLasts = TimeSpan.FromSeconds(10);

    /// <summary>Beyond so many bearers nothing is remembered.</summary>
    private const int BearersMax = 256;

    private static readonly Resource Tokens = new("authentication.k8s.io", "v1", "tokenreviews", "TokenReview", false);
    private static readonly Resource Access = new("authorization.k8s.io", "v1", "subjectaccessreviews", "SubjectAccessReview", false);

    // By hash: a token is kept nowhere.
    private readonly ConcurrentDictionary<string, (MetricsAccess Answer, long At)> _answers = new();

    public async Task<MetricsAccess> AskAsync(string bearer, CancellationToken abort)
    {
        if (bearer.Length == 0)
        {
            return MetricsAccess.Unknown;
        }

        var key = Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(bearer)));
        if (_answers.TryGetValue(key, out var known) && clock.GetElapsedTime(known.At) < (known.Answer == MetricsAccess.Allowed ? YesLasts : NoLasts))
        {
            return known.Answer;
        }

        try
        {
            var answer = await FindOutAsync(bearer, abort);
            if (_answers.Count >= BearersMax)
            {
                _answers.Clear();
            }

            _answers[key] = (answer, clock.GetTimestamp());
            return answer;
        }
        catch (KubernetesException)
        {
            return MetricsAccess.NotKnown;
        }
    }

    private async Task<MetricsAccess> FindOutAsync(string bearer, CancellationToken abort)
    {
        var review = await client.CreateAsync(Tokens, null, Asked(Tokens, new JsonObject { ["token"] = bearer }), abort);
        var user = review.At("status", "user");
        if (!review.Flag("status", "authenticated") || user.Text("username").Length == 0)
        {
            return MetricsAccess.Unknown;
        }

        var may = await client.CreateAsync(Access, null, Asked(Access, new JsonObject
        {
            ["user"] = user.Text("username"),
            ["uid"] = user.Text("uid"),
            ["groups"] = user.At("groups")?.DeepClone(),
            ["extra"] = user.At("extra")?.DeepClone(),
            ["nonResourceAttributes"] = new JsonObject { ["path"] = Path, ["verb"] = "get" },
        }), abort);
        return may.Flag("status", "allowed") ? MetricsAccess.Allowed : MetricsAccess.Refused;
    }

    private static JsonObject Asked(Resource kind, JsonObject spec) => new() { ["apiVersion"] = kind.ApiVersion, ["kind"] = kind.Kind, ["spec"] = spec };
}
