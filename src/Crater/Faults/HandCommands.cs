using System.Globalization;
using System.Text.RegularExpressions;
using Crater.Targets;

namespace Crater.Faults;

/// <summary>Fills the commands by which a person would do and undo a fault. They are shown, never run.</summary>
public static partial class HandCommands
{
    /// <summary>The command that does it; what is not known here (an old image) stays in angle brackets for the person.</summary>
    public static string Inject(Fault fault, Target target, TimeSpan duration) => Fill(Definition(fault, target).ByHand, fault, target, duration);

    /// <summary>The command that undoes it.</summary>
    public static string Recover(Fault fault, Target target, TimeSpan duration) => Fill(Definition(fault, target).UndoByHand, fault, target, duration);

    private static FaultDefinition Definition(Fault fault, Target target) =>
        FaultCatalogue.Find(fault.Name, target.Kind) ?? FaultCatalogue.Find(fault.Name) ?? throw new ArgumentException($"{fault.Name} is not in the catalogue.", nameof(fault));

    private static string Fill(string command, Fault fault, Target target, TimeSpan duration)
    {
        string Value(string name) => name switch
        {
            "target" => target.Name,
            "namespace" => target.Namespace,
            "component" => target.Component.Split('/')[^1],
            "host" => target.Node.Length > 0 ? target.Node : target.Name,
            "pid" => target.Kind == TargetKind.Process ? target.Name.Split(':')[^1] : "",
            "container" => target.Kind == TargetKind.Container ? target.Uid : "",
            "node" => target.Node.Length > 0 ? target.Node : target.Kind == TargetKind.Node ? target.Name : "<node>",
            "duration" => Durations.Text(duration),
            _ => fault.Text(name),
        };

        // An option whose argument is empty (a grace period left out) is left out with it.
        command = Option().Replace(command, option => Value(option.Groups[1].Value).Length == 0 ? "" : option.Value);
        return Placeholder().Replace(command, place => Written(Value(place.Groups[1].Value), place.Groups[2].Value));
    }

    private static string Written(string value, string form) => form switch
    {
        "seconds" when Durations.TryParse(value, out var duration) => Math.Ceiling(duration.TotalSeconds).ToString("0", CultureInfo.InvariantCulture),
        "ms" when Durations.TryParse(value, out var duration) => $"{duration.TotalMilliseconds.ToString("0.###", CultureInfo.InvariantCulture)}ms",
        "percent" => $"{(double.Parse(value, CultureInfo.InvariantCulture) * 100).ToString("0.##", CultureInfo.InvariantCulture)}%",
        _ => value,
    };

    [GeneratedRegex(@" --[a-z-]+=\{([a-z-]+)(?::[a-z]+)?\}")]
    private static partial Regex Option();

    [GeneratedRegex(@"\{([a-z-]+)(?::([a-z]+))?\}")]
    private static partial Regex Placeholder();
}
