namespace Crater.Discovery;

/// <summary>Which service a host name means, by the rules of cluster DNS. Names must be equal; a name that merely contains another is no evidence.</summary>
public sealed class ServiceNames
{
    private readonly Dictionary<(string Namespace, string Name), ServiceEndpoint> _services;
    private readonly Dictionary<(string Namespace, string Variable), ServiceEndpoint> _byVariable = [];

    public ServiceNames(IEnumerable<ServiceEndpoint> services)
    {
        _services = services.ToDictionary(service => (service.Namespace, service.Name));
        foreach (var service in _services.Values)
        {
            _byVariable[(service.Namespace, VariableOf(service.Name))] = service;
        }
    }

    /// <summary>
    /// The service behind <c>carts</c>, <c>carts.shop</c>, <c>carts.shop.svc</c>, <c>carts.shop.svc.cluster.local</c>, or one pod of a
    /// headless one (<c>db-0.db</c>); null when there is none.
    /// </summary>
    /// <param name="from">The namespace of the one who asks.</param>
    public ServiceEndpoint? Resolve(string host, string from)
    {
        var labels = host.TrimEnd('.').ToLowerInvariant().Split('.');
        return Exactly(labels, from) ?? (labels.Length > 1 && Exactly(labels[1..], from) is { Headless: true } headless ? headless : null);
    }

    /// <summary>The service of <c>CARTS_SERVICE_HOST</c>, which Kubernetes sets for services of the pod's own namespace.</summary>
    public ServiceEndpoint? ResolveVariable(string variable, string from) =>
        variable.EndsWith("_SERVICE_HOST", StringComparison.Ordinal) ? _byVariable.GetValueOrDefault((from, variable)) : null;

    private ServiceEndpoint? Exactly(string[] labels, string from) => labels switch
    {
        [var name] => _services.GetValueOrDefault((from, name)),
        [var name, var space] => _services.GetValueOrDefault((space, name)),
        [var name, var space, "svc", ..] => _services.GetValueOrDefault((space, name)),
        _ => null,
    };

    private static string VariableOf(string service) => service.ToUpperInvariant().Replace('-', '_') + "_SERVICE_HOST";
}
