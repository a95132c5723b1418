using System.Text.Json.Nodes;
using Crater.Lab.Store;

namespace Crater.Lab.Api.Admission;

/// <summary>What probes and hooks must and must not say.</summary>
internal static class ProbeRules
{
    private const string AtLeastZero = "must be greater than or equal to 0";

    private static readonly string[] ProbeActions = ["exec", "httpGet", "tcpSocket", "grpc"];
    private static readonly string[] HookActions = ["exec", "httpGet", "tcpSocket", "sleep"];
    private static readonly string[] Times = ["initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold"];

    /// <param name="grace">The pod's grace period, which a hook that sleeps must not exceed.</param>
    public static void Check(JsonObject container, string at, long grace, FieldErrors errors)
    {
        foreach (var probe in (string[])["livenessProbe", "readinessProbe", "startupProbe"])
        {
            if (container.Map(probe) is { } asked)
            {
                Probe(asked, $"{at}.{probe}", isReadiness: probe == "readinessProbe", errors);
            }
        }

        foreach (var hook in (string[])["postStart", "preStop"])
        {
            if (container.Map("lifecycle", hook) is { } asked)
            {
                Handler(asked, HookActions, $"{at}.lifecycle.{hook}", errors);
                if (asked.Number("sleep", "seconds") is { } pause && (pause < 0 || pause > grace))
                {
                    errors.Invalid($"{at}.lifecycle.{hook}.sleep", pause, $"must be non-negative and less than terminationGracePeriodSeconds ({grace})");
                }
            }
        }
    }

    private static void Probe(JsonObject probe, string path, bool isReadiness, FieldErrors errors)
    {
        Handler(probe, ProbeActions, path, errors);
        foreach (var field in Times.Where(field => probe.Number(field) is < 0))
        {
            errors.Invalid($"{path}.{field}", probe[field], AtLeastZero);
        }

        if (!isReadiness && probe.Number("successThreshold") is { } good && good != 1)
        {
            errors.Invalid($"{path}.successThreshold", probe["successThreshold"], "must be 1");
        }
    }

    private static void Handler(JsonObject handler, string[] actions, string path, FieldErrors errors)
    {
        var named = actions.Where(action => handler[action] is not null).ToList();
        if (named.Count == 0)
        {
            errors.Required(path, "must specify a handler type");
        }

        foreach (var second in named.Skip(1).Take(1))
        {
            errors.Forbidden($"{path}.{second}", "may not specify more than 1 handler type");
        }

        if (handler.Map("exec") is { } exec && !exec.Texts("command").Any())
        {
            errors.Required($"{path}.exec.command");
        }

        foreach (var action in (string[])["httpGet", "tcpSocket", "grpc"])
        {
            if (handler.Map(action)?["port"] is JsonValue port)
            {
                AddressRules.CheckPort($"{path}.{action}.port", port, errors);
            }
        }

        PodRules.OneOf($"{path}.httpGet.scheme", handler.Text("httpGet", "scheme"), ["HTTP", "HTTPS"], errors);
    }
}
