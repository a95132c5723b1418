using System.Globalization;
using System.Text.Json.Nodes;
using Crater.Agent.Calibration;
using Crater.Agent.Faults;

namespace Crater.Agent.Verbs;

/// <summary><c>craterd calibrate [FAULT]</c>: what was asked of each fault, what its target got, and how far off that is, on this host and now. Hits nothing but craterd's own processes and files.</summary>
internal static class CalibrateVerb
{
    public static int Run(IReadOnlyList<string> arguments, Surroundings surroundings)
    {
        var line = CommandLine.Read("calibrate", arguments, [new("json", IsFlag: true)]);
        var only = line.Words.Count == 0 ? null : InjectVerb.Named(line.Words).Fault.Description.Name;
        using var bench = new Bench(surroundings.State);
        List<Row> rows = [.. Trials.All.Where(trial => only is null || trial.Fault == only).Select(trial => Measure(trial, bench))];
        rows.AddRange(HostFaults.All.Select(fault => fault.Description.Name).Where(name => (only is null || name == only) && rows.All(row => row.Fault != name))
            .Select(name => new Row(name, "", null, "needs a target of yours")));
        if (line.Flag("json"))
        {
            surroundings.Out.WriteLine(new JsonArray([.. rows.Select(row => (JsonNode)row.ToJson())]).ToJsonString());
        }
        else
        {
            surroundings.Out.WriteLine($"Load of this host: {File.ReadAllText("/proc/loadavg").Split(' ')[0]} on {Environment.ProcessorCount} cores. Where others want the processor too, cpu-burn takes what they leave, and times get longer.");
            TextTable.Write(surroundings.Out, ["FAULT", "MEASURED", "ASKED", "GOT", "ERROR"], [.. rows.Select(row => row.ToCells())]);
        }

        return ExitCodes.Done;
    }

    // What cannot be done here is a row as well; only what was left behind ends the calibration.
    private static Row Measure(Trial trial, Bench bench)
    {
        try
        {
            return new Row(trial.Fault, trial.Mode, trial.Measure(bench), "");
        }
        catch (AgentException missing) when (missing.Exit != ExitCodes.Residue)
        {
            return new Row(trial.Fault, trial.Mode, null, $"{missing.Code} {missing.Message}");
        }
    }

    private sealed record Row(string Fault, string Mode, Reading? Reading, string Missing)
    {
        public IReadOnlyList<string> ToCells() => Reading is not { } reading ? [Fault, Mode, "–", "–", Missing]
            : [Fault, Mode, double.IsNaN(reading.Asked) ? "all there is" : Text(reading.Asked, reading.Unit), Text(reading.Got, reading.Unit),
                double.IsNaN(reading.Asked) ? "–" : string.Create(CultureInfo.InvariantCulture, $"{reading.Error:+0.00;-0.00;0} {(reading.IsDifference ? reading.Unit == "%" ? "points" : reading.Unit : "%")}")];

        public JsonObject ToJson() => Reading is not { } reading
            ? new JsonObject { ["fault"] = Fault, ["measured"] = Mode, ["missing"] = Missing }
            : new JsonObject
            {
                ["fault"] = Fault,
                ["measured"] = Mode,
                ["asked"] = double.IsNaN(reading.Asked) ? null : reading.Asked,
                ["got"] = Math.Round(reading.Got, 3),
                ["unit"] = reading.Unit,
                ["error"] = double.IsNaN(reading.Asked) ? null : Math.Round(reading.Error, 3),
                ["errorUnit"] = reading.IsDifference ? reading.Unit == "%" ? "points" : reading.Unit : "%",
            };

        private static string Text(double value, string unit) => string.Create(CultureInfo.InvariantCulture, $"{value:0.##} {unit}");
    }
}
