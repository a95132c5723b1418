using System.Text.Json.Nodes;
using Crater.Drivers;
using Crater.Kubernetes.Client;
using Crater.Kubernetes.Drivers.Engines;
using Crater.Targets;

namespace Crater.Kubernetes.Drivers.Litmus;

/// <summary>The ChaosEngine of one injection, and what Litmus calls what belongs to it.</summary>
internal static class LitmusEngine
{
    public static readonly Resource Engines = new("litmuschaos.io", "v1alpha1", "chaosengines", "ChaosEngine", true);
    public static readonly Resource Results = new("litmuschaos.io", "v1alpha1", "chaosresults", "ChaosResult", true);
    public static readonly Resource Experiments = new("litmuschaos.io", "v1alpha1", "chaosexperiments", "ChaosExperiment", true);

    /// <summary>The operator's hold on an engine that it has seen.</summary>
    public const string Finalizer = "chaosengine.litmuschaos.io/finalizer";

    /// <summary>On every pod and job of an engine: the engine's uid.</summary>
    public const string UidLabel = "chaosUID";

    /// <summary>In the environment of every pod that an experiment starts: the engine's name.</summary>
    public const string NameVariable = "CHAOSENGINE";

    public static string RunnerOf(string engine) => $"{engine}-runner";

    public static string ResultOf(string engine, string experiment) => $"{engine}-{experiment}";

    public static string SpaceOf(Target target, EngineOptions options) => target.Namespace.Length > 0 ? target.Namespace : options.Namespace;

    /// <exception cref="Diagnostics.CraterException">CRT8203: Litmus cannot say what is asked for.</exception>
    public static JsonObject Of(Injection injection, LitmusFault fault, EngineOptions options, DateTimeOffset deadline)
    {
        var engine = EngineObject.Of(Engines, SpaceOf(injection.Target, options), injection, deadline);
        engine["spec"] = Spec(injection, fault, options);
        return engine;
    }

    private static JsonObject Spec(Injection injection, LitmusFault fault, EngineOptions options)
    {
        var seconds = LitmusFaults.WholeSeconds(injection.Duration);
        var env = new JsonArray(Variable("TOTAL_CHAOS_DURATION", seconds), Variable(fault.TargetKey, injection.Target.Name));
        if (fault.Proof is LitmusProof.PodGone or LitmusProof.Targeted)
        {
            // Once: it goes on killing until its time is over, and the next pod has another name.
            env.Add((JsonNode)Variable("CHAOS_INTERVAL", seconds));
        }

        foreach (var (key, value) in fault.Say(injection.Fault, "Litmus"))
        {
            env.Add((JsonNode)Variable(key, value.ToString()));
        }

        var experiment = new JsonObject { ["components"] = new JsonObject { ["env"] = env } };
        if (injection.Fault.Probes is not null)
        {
            experiment["probe"] = LitmusProbes.Say(injection.Fault);
        }

        var spec = new JsonObject
        {
            ["engineState"] = "active",
            ["chaosServiceAccount"] = options.ServiceAccount,
            ["jobCleanUpPolicy"] = "delete",
            ["defaultHealthCheck"] = false,
            ["experiments"] = new JsonArray(new JsonObject
            {
                ["name"] = fault.Experiment,
                ["spec"] = experiment,
            }),
        };
        if (injection.Target.Namespace.Length > 0)
        {
            spec["appinfo"] = new JsonObject { ["appns"] = injection.Target.Namespace, ["applabel"] = "", ["appkind"] = "" };
        }

        return spec;
    }

    private static JsonObject Variable(string name, string value) => new() { ["name"] = name, ["value"] = value };
}
