using System.Globalization;
using System.Text.Json.Nodes;
using Crater.Diagnostics;
using Crater.Faults;
using Crater.Targets;

namespace Crater.Kubernetes.Drivers.Engines;

/// <summary>How an engine says one parameter of a fault.</summary>
/// <param name="Parameter">Of our fault.</param>
/// <param name="Key">What the engine calls it: a variable of Litmus, a field of Chaos Mesh; empty where a value needs no saying.</param>
/// <param name="Form">Unit and form there, for the documentation.</param>
/// <param name="Write">From our canonical text; null when the engine cannot say it.</param>
public sealed record EngineTunable(string Parameter, string Key, string Form, Func<string, JsonNode?> Write)
{
    /// <summary>A value that the engine means without being told, and it cannot do another.</summary>
    /// <param name="value">In canonical text; empty for left out.</param>
    public static EngineTunable Only(string parameter, string value, string why) => new(parameter, "", why, given => given == value ? "" : null);

    public static EngineTunable Text(string parameter, string key, string form = "as it is") => new(parameter, key, form, given => given);

    public static EngineTunable Seconds(string parameter, string key) => new(parameter, key, "seconds, a plain number", given => Whole(Durations.Parse(given).TotalSeconds));

    public static EngineTunable Milliseconds(string parameter, string key) => new(parameter, key, "ms, a plain number", given => Whole(Durations.Parse(given).TotalMilliseconds));

    /// <summary>A number that the engine takes whole.</summary>
    public static EngineTunable Integer(string parameter, string key, string form) => new(parameter, key, form, given => Whole(Number(given)));

    /// <summary>0.3 as 30.</summary>
    public static EngineTunable Percent(string parameter, string key) =>
        new(parameter, key, "percent, a plain number", given => Math.Round(Number(given) * 100, 4).ToString(CultureInfo.InvariantCulture));

    /// <summary>Bytes as MiB, rounded up: what is asked for is reached.</summary>
    public static EngineTunable Mebibytes(string parameter, string key, string form) =>
        new(parameter, key, form, given => Math.Ceiling(Number(given) / (1024 * 1024)).ToString(CultureInfo.InvariantCulture));

    private static double Number(string given) => double.Parse(given, CultureInfo.InvariantCulture);

    private static JsonNode? Whole(double value) => value == Math.Truncate(value) ? ((long)value).ToString(CultureInfo.InvariantCulture) : null;
}

/// <summary>How an engine says one of our faults: one line of the table that drivers, documentation and tests read.</summary>
public abstract record EngineFault
{
    /// <summary>Our name.</summary>
    public required string Fault { get; init; }

    public TargetKind Kind { get; init; } = TargetKind.Pod;

    /// <summary>The engine's name: an experiment of Litmus, a kind and an action of Chaos Mesh.</summary>
    public abstract string Name { get; }

    public IReadOnlyList<EngineTunable> Tunables { get; init; } = [];

    /// <summary>What is always said beside, by the engine's key.</summary>
    public IReadOnlyList<(string Key, string Value)> Fixed { get; init; } = [];

    /// <summary>Pods that nobody owns would be lost.</summary>
    public bool Moves { get; init; }

    /// <summary>What of the fault the API does not show; empty when it shows all.</summary>
    public string Unseen { get; init; } = "";

    /// <summary>What the engine is told, in the order of the table.</summary>
    /// <exception cref="CraterException">CRT8203: it cannot say what is asked for; all of it by name.</exception>
    internal IReadOnlyList<(string Key, JsonNode Value)> Say(Fault fault, string engine)
    {
        var (said, problems) = TrySay(fault, engine);
        return problems.Count == 0 ? said : throw CraterException.For($"{fault.AskedAs} through {engine}", problems);
    }

    internal (IReadOnlyList<(string Key, JsonNode Value)> Said, IReadOnlyList<Problem> Problems) TrySay(Fault fault, string engine)
    {
        List<(string, JsonNode)> said = [.. Fixed.Select(pair => (pair.Key, (JsonNode)pair.Value))];
        List<Problem> problems = [];
        foreach (var (name, value) in fault.Arguments.OrderBy(argument => argument.Key, StringComparer.Ordinal))
        {
            var tunables = Tunables.Where(tunable => tunable.Parameter == name).ToArray();
            if (value.Length == 0 && tunables.All(tunable => tunable.Key.Length > 0 || tunable.Write("") is not null))
            {
                continue;
            }

            foreach (var tunable in tunables)
            {
                if (tunable.Write(value) is not { } written)
                {
                    problems.Add(Cannot(name, value, $"{Name} of {engine} cannot say that ({tunable.Form})."));
                }
                else if (tunable.Key.Length > 0)
                {
                    said.Add((tunable.Key, written));
                }
            }

            if (tunables.Length == 0)
            {
                problems.Add(Cannot(name, value, $"{Name} of {engine} has nothing like it."));
            }
        }

        return (said, problems);
    }

    private static Problem Cannot(string name, string value, string why) =>
        new($"arguments.{name}", "CRT8203", $"{name}={value}: {why} Leave it out, give another value, or choose another driver.");
}
