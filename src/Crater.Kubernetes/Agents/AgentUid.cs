using Crater.Drivers;

namespace Crater.Kubernetes.Agents;

/// <summary>An injection's id as craterd takes it, which knows no dots.</summary>
internal static class AgentUid
{
    public static string Of(Injection injection) => injection.Id.Replace('.', '-');
}
