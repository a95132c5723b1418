using System.Text.Json.Nodes;
using Crater.Lab.Store;

namespace Crater.Lab.Nodes;

/// <summary>One probe of a container with Kubernetes' defaults.</summary>
internal sealed record ProbeSpec
{
    public required JsonNode Action { get; init; }

    public required TimeSpan InitialDelay { get; init; }

    public required TimeSpan Period { get; init; }

    public required TimeSpan Timeout { get; init; }

    public required int SuccessThreshold { get; init; }

    public required int FailureThreshold { get; init; }

    /// <param name="kind">readinessProbe, livenessProbe or startupProbe.</param>
    public static ProbeSpec? Of(JsonObject container, string kind) => container.At(kind) is not { } probe ? null : new ProbeSpec
    {
        Action = probe,
        InitialDelay = TimeSpan.FromSeconds(probe.Number("initialDelaySeconds") ?? 0),
        Period = TimeSpan.FromSeconds(Math.Max(1, probe.Number("periodSeconds") ?? 10)),
        Timeout = TimeSpan.FromSeconds(Math.Max(1, probe.Number("timeoutSeconds") ?? 1)),
        SuccessThreshold = Math.Max(1, probe.Count(1, "successThreshold")),
        FailureThreshold = Math.Max(1, probe.Count(3, "failureThreshold")),
    };

    /// <summary>The number of a port that is given by number or by the name of a container port.</summary>
    public static int PortOf(JsonNode? port, JsonObject container) => int.TryParse(port.Text(), out var number)
        ? number
        : container.Each("ports").FirstOrDefault(entry => entry.Text("name") == port.Text()).Count(0, "containerPort");
}
