using Crater.Drivers;
using Crater.Experiments;
using Crater.Faults;
using Crater.Journals;
using Crater.Targets;

namespace Crater.Tests.Runs;

/// <summary>Plain things to test with; a test changes what it is about.</summary>
internal static class Some
{
    public static readonly RunId Run = new("chaos-0000abcd");

    public static Fault Fault(string name = "network-delay") => new()
    {
        Name = name,
        AskedAs = "pod-network-latency",
        Arguments = new Dictionary<string, string> { ["delay"] = "2s" },
    };

    public static Target Pod(string name = "carts-1", string space = "shop", string component = "deployment/shop/carts") => new()
    {
        Kind = TargetKind.Pod,
        Namespace = space,
        Name = name,
        Component = component,
        Uid = "u-" + name,
        Node = "node1",
        Labels = new Dictionary<string, string> { ["app"] = "carts" },
    };

    public static Injection Injection(int sequence = 1, string pod = "carts-1") => new()
    {
        Run = Run,
        Sequence = sequence,
        Activity = "slow",
        Fault = Fault(),
        Target = Pod(pod),
        Driver = "lab",
        Duration = TimeSpan.FromSeconds(30),
    };

    public static Preparation Preparation() => new() { Before = new Fingerprint("ready=1"), UndoId = "undo-1", UndoHash = "abc" };

    public static RunPlanned Planned(params Injection[] injections) => new()
    {
        Run = Run,
        Title = "slow carts",
        Format = JournalFormat.Current,
        Seed = 7,
        Injections = injections,
        Files = new Dictionary<string, string> { ["experiment.yaml"] = "00" },
    };

    public static Certificate Certificate(int sequence = 1) => new()
    {
        Sequence = sequence,
        Before = new Fingerprint("ready=1"),
        After = new Fingerprint("ready=1"),
        Presence = Presence.Absent,
        Evidence = "looked",
    };

    public static Experiment Experiment(params Activity[] method) => new() { Title = "slow carts", Method = method, Source = "title: slow carts\n", SourceFormat = "yaml" };

    public static Activity Step(TargetSelector? target = null, string fault = "network-delay", double seconds = 30, bool background = false) => new()
    {
        Name = "slow",
        IsProbe = false,
        Background = background,
        Provider = new FaultProvider(Fault(fault), target ?? new TargetSelector { Namespace = "shop", Labels = "app=carts" }, TimeSpan.FromSeconds(seconds)),
    };
}
