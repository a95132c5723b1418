using System.Text;
using Crater.Faults;
using Crater.Targets;

namespace Crater.Kubernetes.Drivers.Engines;

/// <summary>The tables of what engines are told, for docs/other-engines.md: made of the very lines that the drivers read.</summary>
public static class EngineText
{
    /// <summary>A row for each parameter of each fault.</summary>
    /// <param name="title">The engine as people write it.</param>
    public static string Table(IEnumerable<EngineFault> faults, string title)
    {
        var text = new StringBuilder($"| fault | target | {title} | parameter | unit here | told there | unit and form there |\n|---|---|---|---|---|---|---|\n");
        foreach (var fault in faults)
        {
            var definition = FaultCatalogue.Find(fault.Fault, fault.Kind)!;
            var start = $"| `{fault.Fault}` | {TargetId.Text(fault.Kind)} | `{fault.Name}` |";
            foreach (var (key, value) in fault.Fixed)
            {
                text.Append($"{start} | | `{key}` | always `{value}` |\n");
                start = "| | | |";
            }

            foreach (var tunable in fault.Tunables)
            {
                var parameter = definition.Parameters.Single(one => one.Name == tunable.Parameter);
                text.Append($"{start} `{parameter.Name}` | {Unit(parameter)} | {(tunable.Key.Length > 0 ? $"`{tunable.Key}`" : "")} | {tunable.Form} |\n");
                start = "| | | |";
            }

            if (fault.Fixed.Count + fault.Tunables.Count == 0)
            {
                text.Append($"{start} | | | |\n");
            }
        }

        return text.ToString();
    }

    /// <summary>What nobody of ours looks at when such a fault is over, a row each.</summary>
    public static string Unseen(IEnumerable<EngineFault> faults)
    {
        var text = new StringBuilder("| engine's | who attests |\n|---|---|\n");
        foreach (var group in faults.GroupBy(fault => fault.Unseen))
        {
            text.Append($"| {string.Join(", ", group.Select(fault => $"`{fault.Name}`").Distinct())} | {(group.Key.Length > 0 ? $"the engine, for {group.Key}" : "nobody has to: the API shows all of it")} |\n");
        }

        return text.ToString();
    }

    private static string Unit(FaultParameter parameter) => parameter.Unit.Length > 0 ? parameter.Unit : parameter.Type switch
    {
        ParameterType.Duration => "a duration",
        ParameterType.Ratio => "0 to 1, or percent",
        ParameterType.Bytes => "bytes",
        ParameterType.BitRate => "bit/s",
        ParameterType.Integer => "a whole number",
        ParameterType.Number => "a number",
        ParameterType.Choice => string.Join(", ", parameter.Choices),
        ParameterType.Labels => "labels",
        ParameterType.Flag => "true or false",
        _ => "a text",
    };
}
