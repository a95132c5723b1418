using System.Globalization;
using System.Text.Json.Nodes;
using Crater.Experiments;

namespace Crater.Runs.Activities;

/// <summary>The Python functions that run natively; <see cref="PythonFunctions.Native"/> lists them.</summary>
internal sealed class PythonCall(TimeProvider clock, IPython? python)
{
    public async Task<JsonNode?> RunAsync(PythonProvider provider, Substitution values, ActivityContext context, CancellationToken abort)
    {
        var arguments = (JsonObject)values.Apply(provider.Arguments)!;
        switch ($"{provider.Module}.{provider.Function}")
        {
            case "os.path.exists":
                var path = Only(provider, arguments, "path");
                return JsonValue.Create(Path.Exists(path));
            case "time.sleep":
                await Task.Delay(Seconds(Only(provider, arguments, "secs", "seconds")), clock, abort);
                return null;
            case var _ when python is not null:
                return await python.CallAsync(provider, arguments, context, abort);
            default:
                throw new ActivityFailedException("CRT2308",
                    $"{provider.Module}.{provider.Function} is a Python function that is not native here, and running Python is not available in this release. Native are {string.Join(", ", PythonFunctions.Native)}.");
        }
    }

    private static string Only(PythonProvider provider, JsonObject arguments, params string[] names)
    {
        if (arguments.Count == 1 && names.Contains(arguments.First().Key) && arguments.First().Value is { } value)
        {
            return Substitution.Written(value);
        }

        throw new ActivityFailedException("CRT2309",
            $"{provider.Module}.{provider.Function} takes exactly the argument {names[0]}; given are {(arguments.Count == 0 ? "none" : string.Join(", ", arguments.Select(pair => pair.Key)))}.");
    }

    private static TimeSpan Seconds(string text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds) && seconds is >= 0 and < 1e6
            ? TimeSpan.FromSeconds(seconds)
            : throw new ActivityFailedException("CRT2309", $"time.sleep takes a number of seconds from 0 to 1000000, not '{text}'.");
}
