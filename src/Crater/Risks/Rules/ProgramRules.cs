using Crater.Discovery;
using Crater.Targets;

namespace Crater.Risks.Rules;

/// <summary>What becomes of programs on hosts, and of those who call them, when a process or a host fails?</summary>
internal static class ProgramRules
{
    /// <summary>What a rule about hosts reads; where a host could not be asked its answers are unknown.</summary>
    public const string Resource = "hosts";

    private static readonly IReadOnlyList<string> Hosts = [Resource];

    public static IEnumerable<Rule> All =>
    [
        new("WK-PROC-SINGLE", 1, "One program on one host answers for everyone who calls it", Severity.High, Hosts, ["HS-1"], Single),
        new("WK-PROC-RESTART", 1, "Nobody brings a program back when it ends", Severity.Medium, Hosts, ["HS-2"], Restarted),
        new("WK-PROC-REMOTE", 1, "A program calls another one over the network between two hosts", Severity.Low, Hosts, ["HS-3"], Remote),
        new("WK-HOST-SHARED", 1, "Programs that others need share one host", Severity.Low, Hosts, ["HS-4"], Shared),
    ];

    private static IEnumerable<Observation> Single(TopologyIndex index) => Called(index).Select(program =>
    {
        var twins = index.Components.Count(other => other.Kind == TargetKind.Process && other.Name == program.Name && other.Namespace != program.Namespace);
        var callers = index.DependantsOf(program).Count();
        return Look.At(program, "hosts", $"{Look.Count(callers, "caller")}, and {(twins == 0 ? "no other host runs it" : Look.Count(twins, "other host") + (twins == 1 ? " runs it" : " run it"))}", twins == 0);
    });

    private static IEnumerable<Observation> Restarted(TopologyIndex index) => index.Components
        .Where(component => component.Kind == TargetKind.Process && (Look.Serves(component) || index.DependantsOf(component).Any()))
        .Select(program => (program, program.Policy) switch
        {
            (_, { ServiceName.Length: 0 }) => Look.At(program, "unit", "it belongs to no service", violated: true),
            (_, { RestartPolicy.Length: 0 }) => Look.Undeclared(program, "unit Restart", $"the file of {program.Policy.ServiceName} was not found"),
            _ => Look.At(program, "unit Restart", $"{program.Policy.ServiceName} has Restart={program.Policy.RestartPolicy}", program.Policy.RestartPolicy == "no"),
        });

    private static IEnumerable<Observation> Remote(TopologyIndex index) =>
        from callee in Called(index)
        from edge in index.DependantsOf(callee)
        let caller = index.Find(edge.From)
        where caller is { Kind: TargetKind.Process } && caller.Namespace != callee.Namespace
        select Look.At(caller, $"calls {callee.Id}", $"from {caller.Namespace} to {callee.Namespace}", violated: true) with
        {
            Hits = [TargetId.Of(TargetKind.Host, null, callee.Namespace).Value],
        };

    private static IEnumerable<Observation> Shared(TopologyIndex index) => index.Components.Where(component => component.Kind == TargetKind.Host).Select(host =>
    {
        var needed = Called(index).Where(program => program.Namespace == host.Name).Select(program => program.Name).ToArray();
        return Look.At(host, "programs", needed.Length == 0 ? "none that others call" : string.Join(", ", needed), needed.Length > 1);
    });

    /// <summary>Programs that other programs call.</summary>
    private static IEnumerable<Component> Called(TopologyIndex index) =>
        index.Components.Where(component => component.Kind == TargetKind.Process && index.DependantsOf(component).Any());
}
