using System.Text.Json.Nodes;
using Crater.Agent.Faults;
using Crater.Agent.Serving;
using Crater.Agent.Verbs;
using Crater.Agents;
using Crater.Faults;
using Crater.Targets;
using Xunit;

namespace Crater.Tests.Agents;

/// <summary>What craterd can do, craterctl can ask for, in words that craterd takes.</summary>
public sealed class AgentParityTests
{
    /// <summary>Options of craterd that no document gives, each with the reason.</summary>
    private static readonly Dictionary<string, string> NotAsked = new()
    {
        ["pid"] = "the target says which process; time-skew refuses it",
        ["start"] = "the target says which process",
        ["key"] = "the target says which program",
        ["force"] = "changes nothing; it is understood for another tool's scripts",
    };

    public static TheoryData<string> Names { get; } = [.. HostFaults.All.Select(fault => fault.Description.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_fault_of_craterd_is_one_that_craterctl_drives(string name)
    {
        var own = HostFaults.Find(name)!;
        var asked = Assert.Single(FaultCatalogue.All, fault => fault.IsForHosts && fault.Name == name);

        Assert.Equal(["agent"], asked.Drivers);
        Assert.Equal(own.Description.Parameters.Select(parameter => parameter.Name).Except(NotAsked.Keys).Order(StringComparer.Ordinal), asked.Parameters.Select(parameter => parameter.Name).Order(StringComparer.Ordinal));
        Assert.All(own.Description.Parameters.Where(parameter => parameter.IsRequired), parameter => Assert.Contains(asked.Parameters, one => one.Name == parameter.Name && (one.Required || one.Default.Length > 0)));
        Assert.All(asked.Parameters.Where(parameter => parameter.Choices.Count > 0), parameter => Assert.Equal(own.Description.Parameters.Single(one => one.Name == parameter.Name).Choices, parameter.Choices));
        // A process in a container is a process of its host as well, and is asked for as such.
        Assert.Equal(own.TakesPlace, asked.Targets.Contains(TargetKind.Container) || asked.Targets is [TargetKind.Process] && name is "process-kill" or "process-stop");
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Craterd_takes_the_smallest_and_the_largest_value_and_the_default_of_every_parameter(string name)
    {
        var definition = FaultCatalogue.All.Single(fault => fault.IsForHosts && fault.Name == name);
        foreach (var kind in definition.Targets)
        {
            Check(definition, kind, parameter => parameter.Min.TrimStart('>') is { Length: > 0 } min ? parameter.Min.StartsWith('>') ? "0.0001" : min : "");
            Check(definition, kind, parameter => parameter.Max);
            Check(definition, kind, parameter => parameter.Required || definition.OneOf is [var first, ..] && first == parameter.Name ? parameter.Max : "");
        }
    }

    [Fact]
    public void A_container_is_the_place_of_a_request_and_counted_in_its_fingerprint()
    {
        var delay = SomeHosts.Injection("network-delay", TargetKind.Container, """{"latency": "50ms"}""");
        Assert.Equal($"{{\"container\":\"{SomeHosts.ContainerId}\"}}", AgentRequests.Prepare(delay)["place"]!.ToJsonString());
        Assert.Null(AgentRequests.Prepare(SomeHosts.Injection("network-delay", TargetKind.Host, """{"latency": "50ms"}"""))["place"]);
        var before = AgentFingerprint.Of(delay, "table=absent", 2);
        Assert.Equal("table=absent containers=2", before.Text);
        Assert.Equal(before, AgentFingerprint.Now(delay, new() { Before = before }, "table=absent", 3));
        Assert.NotEqual(before, AgentFingerprint.Now(delay, new() { Before = before }, "table=absent", 1));
    }

    private static void Check(FaultDefinition definition, TargetKind kind, Func<Crater.Faults.FaultParameter, string> choose)
    {
        var own = HostFaults.Find(definition.Name)!.Description;
        JsonObject given = [];
        foreach (var parameter in definition.Parameters.Where(parameter => !definition.OneOf.Skip(1).Contains(parameter.Name)))
        {
            var value = choose(parameter) is { Length: > 0 } chosen ? chosen : parameter.Required ? Sample(parameter.Name) : "";
            if (value.Length > 0)
            {
                given[parameter.Name] = value;
            }
        }

        var request = AgentRequests.Inject(SomeHosts.Injection(definition.Name, kind, given.ToJsonString()), TimeSpan.FromSeconds(15), TimeSpan.FromMinutes(2));
        var read = ArgumentValues.Read(own, InjectCalls.Arguments(own, SomeHosts.Parse(request["arguments"]!.ToJsonString())), isPlaced: kind is TargetKind.Container or TargetKind.Pod);
        Assert.All(definition.Parameters.Where(parameter => given.ContainsKey(parameter.Name) || parameter.Default.Length > 0), parameter => Assert.NotEqual("", read[parameter.Name]));
        Assert.Equal(kind == TargetKind.Process, request["arguments"]!["pid"] is not null);
    }

    /// <summary>A value of a text that has to be given.</summary>
    private static string Sample(string parameter) => parameter switch
    {
        "path" or "src" or "dst" => "/srv/file",
        "permission" => "644",
        "ip" => "10.0.0.1",
        "program" => "/usr/bin/env sleep 5",
        "device" => "/dev/sda",
        _ => "x",
    };
}
