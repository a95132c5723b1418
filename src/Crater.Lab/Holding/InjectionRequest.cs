using System.Text.Json.Nodes;
using Crater.Diagnostics;
using Crater.Lab.Store;

namespace Crater.Lab.Holding;

/// <summary>What a driver asks the holder for.</summary>
internal sealed record InjectionRequest
{
    /// <summary>The injection's id; asking twice with one id is one injection.</summary>
    public required string Id { get; init; }

    public required string Run { get; init; }

    public required string Fault { get; init; }

    public required IReadOnlyDictionary<string, string> Arguments { get; init; }

    public required string Namespace { get; init; }

    public required string Pod { get; init; }

    /// <summary>The pod's uid; a later pod of the same name is not the target.</summary>
    public required string Uid { get; init; }

    public required TimeSpan Lease { get; init; }

    /// <exception cref="CraterException">CRT6701: a part is missing or out of range.</exception>
    public static InjectionRequest Read(JsonNode? json)
    {
        string Needed(string name) => json.Text(name) is { Length: > 0 } text ? text : throw new CraterException("CRT6701", $"The injection lacks '{name}'; give id, run, fault, namespace, pod and uid.");
        return new InjectionRequest
        {
            Id = Needed("id"),
            Run = Needed("run"),
            Fault = Needed("fault"),
            Arguments = json.Labels("arguments"),
            Namespace = Needed("namespace"),
            Pod = Needed("pod"),
            Uid = Needed("uid"),
            Lease = LeaseOf(json),
        };
    }

    /// <summary>The lease that a request asks for, or the one by default.</summary>
    public static TimeSpan LeaseOf(JsonNode? json)
    {
        var seconds = json.At("leaseSeconds") is JsonValue value && double.TryParse(value.ToString(), out var asked) ? asked : Limits.LeaseDuration.TotalSeconds;
        return seconds > 0 && seconds <= Limits.LeaseMax.TotalSeconds
            ? TimeSpan.FromSeconds(seconds)
            : throw new CraterException("CRT6701", $"leaseSeconds is {seconds}; a lease is above 0 and at most {Limits.LeaseMax.TotalSeconds} seconds.");
    }

    public JsonObject Json() => new()
    {
        ["id"] = Id,
        ["run"] = Run,
        ["fault"] = Fault,
        ["namespace"] = Namespace,
        ["pod"] = Pod,
        ["uid"] = Uid,
        ["leaseSeconds"] = Lease.TotalSeconds,
        ["arguments"] = new JsonObject(Arguments.Select(argument => KeyValuePair.Create(argument.Key, (JsonNode?)argument.Value))),
    };
}
