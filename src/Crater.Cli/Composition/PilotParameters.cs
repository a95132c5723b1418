using Crater.Diagnostics;

namespace Crater.Cli.Composition;

/// <summary>AutoChaos' variables, from the environment or from a file of <c>KEY=value</c> lines, which counts more.</summary>
internal sealed class PilotParameters
{
    private static readonly string[] Known = ["K8S_CTX", "NAMESPACE", "AVAILABILITY_ROUTE", "API_ROUTES", "MODEL_NAME", "NB_ITERATION", "KEYFILE", "LOCAL_AI_URL", "RESOURCE_TYPE"];

    private readonly IReadOnlyDictionary<string, string> _environment;
    private readonly IReadOnlyDictionary<string, string> _file;

    private PilotParameters(IReadOnlyDictionary<string, string> environment, IReadOnlyDictionary<string, string> file) => (_environment, _file) = (environment, file);

    /// <summary>Null takes the kubeconfig's; <c>default</c> is AutoChaos' word for that.</summary>
    public string? Context => Value("K8S_CTX") is { } context && context != "default" ? context : null;

    /// <summary>Null for all.</summary>
    public string? Namespace => Value("NAMESPACE") is { } space && space != "all" ? space : null;

    /// <summary>Null when nobody says.</summary>
    public string? Iterations => Value("NB_ITERATION");

    public Uri? Availability => Value("AVAILABILITY_ROUTE") is { } route
        ? Absolute(route) ?? throw new CraterException("CRT7322", $"AVAILABILITY_ROUTE is '{route}'; write a whole http or https URL, such as http://shop.example/health.")
        : null;

    /// <summary>With blanks between them; one without a host belongs to the availability route's.</summary>
    public IReadOnlyList<Uri> Routes =>
    [
        .. (Value("API_ROUTES") ?? "").Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries).Select(route => Absolute(route)
            ?? (Availability is { } home && route.StartsWith('/') && Uri.TryCreate(home, route, out var joined) ? joined : null)
            ?? throw new CraterException("CRT7322", $"'{route}' in API_ROUTES has no host. Write a whole http or https URL, or set AVAILABILITY_ROUTE, whose host it then has.")),
    ];

    /// <summary>Which model is asked for when the command line does not say; null for none. Only the file says so: a variable that lies around is no permission to send anything anywhere.</summary>
    public string? Model => _file.GetValueOrDefault("MODEL_NAME") is { Length: > 0 } model ? $"{(Value("LOCAL_AI_URL") is null ? "openai" : "local")}:{model}" : null;

    /// <summary>The environment with the file's values in it.</summary>
    public IReadOnlyDictionary<string, string> Environment
    {
        get
        {
            var all = new Dictionary<string, string>(_environment, StringComparer.Ordinal);
            foreach (var (key, value) in _file)
            {
                all[key] = value;
            }

            return all;
        }
    }

    /// <param name="path">Null for none.</param>
    /// <exception cref="CraterException">CRT7321: the file cannot be read, or a line is none of its kind.</exception>
    public static PilotParameters Read(string? path, IReadOnlyDictionary<string, string> environment)
    {
        Dictionary<string, string> file = new(StringComparer.Ordinal);
        if (path is not null && !File.Exists(path))
        {
            throw new CraterException("CRT7321", $"The parameter file {path} is not there.");
        }

        foreach (var (line, i) in path is null ? [] : File.ReadAllLines(path).Select((line, i) => (line.Trim(), i)))
        {
            if (line.Length == 0 || line[0] == '#')
            {
                continue;
            }

            var pair = (line.StartsWith("export ", StringComparison.Ordinal) ? line["export ".Length..] : line).Split('=', 2, StringSplitOptions.TrimEntries);
            if (pair.Length != 2 || !Known.Contains(pair[0]))
            {
                throw new CraterException("CRT7321", $"Line {i + 1} of {path} is no parameter. Write KEY=value, with one of {string.Join(", ", Known)}.");
            }

            file[pair[0]] = pair[1].Length > 1 && pair[1][0] is '"' or '\'' && pair[1][^1] == pair[1][0] ? pair[1][1..^1] : pair[1];
        }

        return new PilotParameters(environment, file);
    }

    private string? Value(string key) => _file.GetValueOrDefault(key) is { Length: > 0 } given ? given : _environment.GetValueOrDefault(key) is { Length: > 0 } set ? set : null;

    private static Uri? Absolute(string text) => Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" && uri.UserInfo.Length == 0 ? uri : null;
}
