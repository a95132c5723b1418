using System.Text.Json.Nodes;
using Crater.Agents;
using Crater.Discovery;
using Crater.Drivers;
using Crater.Faults;
using Crater.Targets;

namespace Crater.Tests.Agents;

/// <summary>Two hosts as their craterds would tell of them: an application on one that calls a store on the other.</summary>
internal static class SomeHosts
{
    public static StackHost Named(string name, params (string Key, string Value)[] labels) => new()
    {
        Name = name,
        Address = $"http://{name}:7447",
        Labels = labels.Append((Key: StackHost.NameLabel, Value: name)).ToDictionary(label => label.Key, label => label.Value),
    };

    public const string ContainerId = "4f0c1d2e3b5a69788796a5b4c3d2e1f04f0c1d2e3b5a69788796a5b4c3d2e1f0";

    public static SeenHost Db { get; } = SeenHost.From(Named("db1", ("role", "db"), ("zone", "a")), Parse($$"""
        {"agent": {"id": "aaaa"}, "name": "x", "addresses": ["10.0.0.2"],
         "processes": [{"pid": 1, "start": 1, "name": "systemd", "isStopped": false, "unit": ""}, {"pid": 20, "start": 700, "name": "redis-server", "isStopped": false, "unit": "redis.service"}, {"pid": 21, "start": 800, "name": "cron-job", "isStopped": false, "unit": ""}],
         "units": [{"name": "redis.service", "restart": "always", "pids": [20]}],
         "containers": [{"id": "{{ContainerId}}", "runtime": "podman", "name": "cron-job", "pids": [21]}, {"id": "spare", "runtime": "", "name": "cron-job", "pids": []}],
         "listening": [{"protocol": "tcp", "address": "0.0.0.0", "port": 6379, "pids": [20]}], "connections": [], "unseenProcesses": 0}
        """));

    public static SeenHost Web { get; } = SeenHost.From(Named("web1", ("role", "web")), Parse("""
        {"agent": {"id": "bbbb"}, "name": "y", "addresses": ["10.0.0.3"],
         "processes": [{"pid": 30, "start": 5, "name": "app.py", "isStopped": false, "unit": ""}, {"pid": 31, "start": 6, "name": "app.py", "isStopped": true, "unit": ""}],
         "units": [], "listening": [{"protocol": "tcp", "address": "127.0.0.1", "port": 8080, "pids": [30]}],
         "connections": [{"protocol": "tcp", "address": "10.0.0.2", "port": 6379, "pids": [30]}, {"protocol": "tcp", "address": "10.0.0.9", "port": 6379, "pids": [30]}, {"protocol": "tcp", "address": "10.0.0.2", "port": 9999, "pids": [30]}],
         "unseenProcesses": 0}
        """));

    public static Injection Injection(string fault, TargetKind kind, string arguments = "{}") => new()
    {
        Run = new RunId("chaos-0000abcd"),
        Sequence = 2,
        Activity = "a",
        Fault = FaultCatalogue.Describe(fault, JsonNode.Parse(arguments)!.AsObject().ToDictionary(), "", [], kind)!,
        Target = kind == TargetKind.Container
            ? new Target { Kind = kind, Namespace = "db1", Name = "cron-job:4f0c1d2e3b5a", Node = "db1", Component = "container/db1/cron-job", Uid = ContainerId }
            : kind == TargetKind.Process
            ? new Target { Kind = kind, Namespace = "db1", Name = "redis-server:20", Node = "db1", Component = "process/db1/redis-server", Uid = "20@700" }
            : new Target { Kind = kind, Name = "db1", Node = "db1", Component = "host/db1", Uid = "aaaa" },
        Driver = "agent",
        Duration = TimeSpan.FromSeconds(30),
    };

    public static JsonObject Parse(string json) => JsonNode.Parse(json)!.AsObject();
}
