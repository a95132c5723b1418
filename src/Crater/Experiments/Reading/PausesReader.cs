using Crater.Documents;
using Crater.Targets;

namespace Crater.Experiments.Reading;

/// <summary>Reads the pauses of an activity: seconds, or a variable that is a number of them. Crater also takes durations such as 2s.</summary>
internal sealed class PausesReader(ReadScope scope)
{
    public (TimeSpan Before, TimeSpan After) Read(MapNode? map, string path)
    {
        if (map is null)
        {
            return default;
        }

        var fields = new Fields(map, path, scope);
        var pauses = (Pause(fields, "before"), Pause(fields, "after"));
        fields.WarnUnknown("pauses");
        return pauses;
    }

    private TimeSpan Pause(Fields fields, string key)
    {
        var written = fields.Map[key];
        if (fields.TakeFilled(key) is not { } node || scope.Mistyped.Refuses(written, fields.At(key), scope))
        {
            return TimeSpan.Zero;
        }

        if (node is ScalarNode scalar && (scalar.Number >= 0 || (scalar.IsText && !scope.Options.IsStrict)) && Durations.TryParse(scalar.Text, out var pause))
        {
            return pause;
        }

        fields.Wrong(key, node, scope.Options.IsStrict ? "a number of seconds, or a ${variable} that is one" : "a number of seconds, a duration such as 2s, or a ${variable} that is one", "CRT2036");
        return TimeSpan.Zero;
    }
}
