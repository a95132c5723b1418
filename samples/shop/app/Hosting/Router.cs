namespace Shop.Hosting;

internal delegate Task<Reply> Handler(Request request);

/// <summary>One route of a role. <paramref name="Pattern"/> is also the <c>route</c> label of the metrics, so that ids never become labels.</summary>
internal sealed record Route(string Method, string Pattern, Handler Handler)
{
    private readonly string[] _segments = Split(Pattern);

    public static string[] Split(string path) => path.Split('/', StringSplitOptions.RemoveEmptyEntries);

    public bool Matches(string method, string[] segments, Dictionary<string, string> values)
    {
        if (Method != "*" && method != Method)
        {
            return false;
        }

        if (_segments is ["*"])
        {
            return true;
        }

        if (segments.Length != _segments.Length)
        {
            return false;
        }

        values.Clear();
        for (var i = 0; i < segments.Length; i++)
        {
            if (_segments[i].StartsWith('{'))
            {
                values[_segments[i].Trim('{', '}')] = Uri.UnescapeDataString(segments[i]);
            }
            else if (_segments[i] != segments[i])
            {
                return false;
            }
        }

        return true;
    }
}

/// <summary>Finds the route of a request; the first that matches wins.</summary>
internal sealed class Router
{
    private readonly List<Route> _routes = [];

    public void Add(string method, string pattern, Handler handler) => _routes.Add(new Route(method, pattern, handler));

    public Route? Find(string method, string path, Dictionary<string, string> values)
    {
        var segments = Route.Split(path);
        foreach (var route in _routes)
        {
            if (route.Matches(method, segments, values))
            {
                return route;
            }
        }

        return null;
    }
}
