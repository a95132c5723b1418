using System.Globalization;
using Crater.Agent.State;
using Crater.EndToEnd.Tests.CommandLine;
using Xunit;

namespace Crater.EndToEnd.Tests.Agent;

/// <summary>One run that breaks a cluster and a host: a pod of a lab, and a program on a host that is reached over its craterd's unix socket.</summary>
public sealed class JoinedRunTests(CommandLab lab) : IClassFixture<CommandLab>
{
    [Fact]
    public async Task A_pod_and_a_process_of_a_host_are_hit_in_one_run_and_both_are_as_before()
    {
        await lab.ReadyAsync();
        using var network = await HostNetwork.StartAsync();
        var host = await network.AddHostAsync("db1", "10.77.0.2");
        var folder = Directory.CreateDirectory(Path.Combine(lab.Home, "joined")).FullName;
        var state = Path.Combine(folder, "state-db1");
        File.WriteAllText(Path.Combine(folder, "store.py"), HostPrograms.Store);
        using var store = On(host, folder, "/usr/bin/python3", Path.Combine(folder, "store.py"));
        using var craterd = On(host, folder, "/usr/bin/env", $"CRATERD_STATE={state}", Playground.Program, "serve");
        await craterd.SaysAsync("craterd serves unix:");
        File.WriteAllText(Path.Combine(folder, "stack.yaml"), $$$"""
            k8s: {kubeconfig: "{{{lab.Kubeconfig}}}"}
            hosts:
              - {name: db1, address: "unix:{{{state}}}/craterd.sock", labels: {role: db}}
            """);
        var before = await lab.BankPodsAsync();

        var components = (await RunAsync(folder, "inventory", "--json")).Json["components"]!.AsArray().Select(component => $"{component!["namespace"]}/{component["name"]}").ToList();
        Assert.Contains("sock-shop/bank", components);
        Assert.Contains("db1/store.py", components);

        var run = await RunAsync(folder, "run", Document(folder), "--json");
        Assert.True(run.Code == 0, run.ToString());
        Assert.Single(before.Except(await lab.BankPodsAsync()));
        var record = Assert.Single(StateFolder.Open(name => name == "CRATERD_STATE" ? state : null, isRoot: false).All()).Read();
        Assert.Equal(("process-stop", InjectionStatus.Recovered, "true"), (record.Fault, record.Status, record.Certificate?["clean"]));
        Assert.Empty((await RunAsync(folder, "status", "--json")).Json["outstanding"]!.AsArray());
        // Claims of both were given back: the next run may have the same targets.
        Assert.Equal(0, (await RunAsync(folder, "run", Document(folder), "--dry-run")).Code);
    }

    private string Document(string folder)
    {
        var path = Path.Combine(folder, "both.yaml");
        File.WriteAllText(path, $$$"""
            title: A pod and a store
            steady-state-hypothesis:
              title: Customers are served
              probes:
                - {name: the bank answers, type: probe, tolerance: 200, provider: {type: http, url: "{{{lab.BankUrl}}}/ready", timeout: 4}}
            method:
              - type: action
                name: freeze the store
                background: true
                provider: {type: fault, fault: process-stop, target: {hosts: "role=db", process: store.py}, duration: 8s}
              - type: action
                name: kill a desk
                provider: {type: fault, fault: pod-kill, target: {namespace: sock-shop, labels: "app=bank"}, arguments: {grace-period: 0s}, duration: 8s}
            blast-radius: {targets-max: 2, duration-max: 2m}
            """);
        return path;
    }

    private async Task<Answer> RunAsync(string folder, params string[] arguments)
    {
        using var craterctl = CraterProcess.Start(folder, lab.Environment, [CraterProcess.Program, .. arguments]);
        return await craterctl.EndAsync();
    }

    private static CraterProcess On(int host, string folder, params string[] vector) => CraterProcess.Start(folder, new Dictionary<string, string>(),
        ["/usr/bin/nsenter", "-t", host.ToString(CultureInfo.InvariantCulture), "-n", "-p", "-m", "--", .. vector]);
}
