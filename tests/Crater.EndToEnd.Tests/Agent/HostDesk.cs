using System.Globalization;
using System.Text.Json.Nodes;
using Crater.Agent.Host;
using Crater.Agent.State;
using Crater.EndToEnd.Tests.CommandLine;
using Xunit;

namespace Crater.EndToEnd.Tests.Agent;

/// <summary>
/// Two hosts, each with its craterd, and a desk from which craterctl works on them: db1 has a store, web1 an application that calls it. Both have processes, mounts and a
/// network of their own, so that a fault can reach nothing else; faults that would take what the whole machine shares are refused here, but for one container on db1 and for a host whose
/// craterd has a small share of the processor.
/// </summary>
internal sealed class HostDesk : IDisposable
{
    public const string AppUrl = "http://10.77.0.3:8080/";

    private readonly HostNetwork _network;
    private readonly List<CraterProcess> _programs = [];
    private readonly List<IDisposable> _limits = [];

    private HostDesk(HostNetwork network) => _network = network;

    public string Folder { get; } = Directory.CreateTempSubdirectory("crater-hosts-").FullName;

    /// <summary>The first process of db1.</summary>
    public int Db { get; private set; }

    /// <param name="hasFallback">Whether the application answers from memory when its store does not.</param>
    /// <param name="isSlow">Whether the craterd of web1, and what it starts, may have a third of a core and no more.</param>
    public static async Task<HostDesk> StartAsync(bool hasFallback, bool isSlow = false)
    {
        var desk = new HostDesk(await HostNetwork.StartAsync());
        try
        {
            desk.Db = await desk._network.AddHostAsync("db1", "10.77.0.2");
            var web = await desk._network.AddHostAsync("web1", "10.77.0.3");
            desk.StartProgram(desk.Db, Script("store.py", desk.Folder), []);
            // One lets in who has a certificate, the other who has a token; nobody else is on this network.
            using var authority = new Authority(desk.Folder);
            using var server = authority.Issue("db1", forServer: true, "10.77.0.2");
            using var client = authority.Issue("craterctl", forServer: false);
            File.WriteAllText(desk.At("token"), "of-this-test-alone-0123456789");
            Assert.Equal(0, Libc.ChangeMode(desk.At("token"), 0x180));
            await desk.StartAgentAsync("db1", desk.Db, "10.77.0.2", "--certificate", desk.At("db1.pem"), "--key", desk.At("db1.key"), "--client-ca", desk.At("ca.pem"));
            await desk.StartAgentAsync("web1", web, "10.77.0.3", "--token-file", desk.At("token"), "--plain-http");
            if (isSlow)
            {
                desk._limits.Add(CpuLimit.Of(ProcessStat.All().Where(stat => stat.Name == "craterd" && ProcessStat.CommandLine(stat.Pid).Contains("10.77.0.3:7447", StringComparison.Ordinal)).Select(stat => stat.Pid)));
            }

            desk.StartProgram(web, Script("app.py", desk.Folder), ["10.77.0.2", hasFallback ? "fallback" : "none"]);
            File.WriteAllText(Path.Combine(desk.Folder, "stack.yaml"), """
                hosts:
                  - {name: db1, address: "https://10.77.0.2:7447", labels: {role: db}, ca: ca.pem, certificate: craterctl.pem, key: craterctl.key}
                  - {name: web1, address: "http://10.77.0.3:7447", labels: {role: web}, token_file: token}
                """);
            await Wait.UntilAsync(async () => (await desk.RunAsync("inventory", "--json")).Json["dependencies"]!.AsArray().Any(edge => (string?)edge!["to"] == "process/db1/store.py"), "the application is connected", Wait.Patience);
            return desk;
        }
        catch
        {
            desk.Dispose();
            throw;
        }
    }

    public async Task<Answer> RunAsync(params string[] arguments)
    {
        using var craterctl = Start(arguments);
        return await craterctl.EndAsync();
    }

    public CraterProcess Start(params string[] arguments) => Start(new Dictionary<string, string>(), arguments);

    /// <param name="environment">What the variables of a document are read from.</param>
    public CraterProcess Start(IReadOnlyDictionary<string, string> environment, params string[] arguments) => CraterProcess.Start(Folder,
        new Dictionary<string, string>(environment) { ["KUBECONFIG"] = "/nonexistent", ["CRATER_ENTRY_URL"] = AppUrl }, _network.InTheMiddle([CraterProcess.Program, .. arguments]));

    /// <summary>A container on db1, with 96 MiB at most.</summary>
    public async Task<HostContainer> StartContainerAsync()
    {
        var container = await HostContainer.StartAsync(Db, Folder);
        _limits.Add(container);
        return container;
    }

    public Task CableAsync(string host, bool isPlugged) => _network.CableAsync(host, isPlugged);

    /// <summary>Writes an experiment on a host of this desk.</summary>
    public string Document(string name, string fault, string target, string duration, string arguments = "{}")
    {
        if (!IsContained(fault, target))
        {
            throw new InvalidOperationException($"{fault} would reach beyond the hosts of this test.");
        }

        var path = Path.Combine(Folder, $"{name}.yaml");
        File.WriteAllText(path, $$$"""
            title: {{{name}}}
            steady-state-hypothesis:
              title: Users are served
              probes:
                - {name: the application answers, type: probe, tolerance: 200, provider: {type: http, url: "{{{AppUrl}}}", timeout: 4}}
            method:
              - type: action
                name: break it
                provider: {type: fault, fault: {{{fault}}}, target: {{{target}}}, arguments: {{{arguments}}}, duration: {{{duration}}}}
            blast-radius: {targets-max: 1, duration-max: 5m}
            """);
        return path;
    }

    /// <summary>What craterd on a host has written down about the injections of a run, read from its folder and not over its network.</summary>
    public IReadOnlyList<InjectionRecord> Records(string host) =>
        Directory.Exists(StateOf(host)) ? [.. State(host).All().Select(folder => folder.Read())] : [];

    /// <summary>The state of the store's process, as the kernel shows it.</summary>
    public char StoreState() => ProcessStat.All().Single(stat => stat.Name == "python3" && ProcessStat.CommandLine(stat.Pid).Contains(Path.Combine(Folder, "store.py"), StringComparison.Ordinal) && !stat.HasEnded).State;

    /// <summary>Does what a supervisor would.</summary>
    public void RestartStore() => StartProgram(Db, Path.Combine(Folder, "store.py"), []);

    /// <summary>What craterctl says of the last run, from a process of its own.</summary>
    public async Task<JsonNode> StatusAsync() => (await RunAsync("status", "--json")).Json;

    public void Dispose()
    {
        _limits.ForEach(limit => limit.Dispose());
        _network.Dispose();
        _programs.ForEach(program => program.Dispose());
        Directory.Delete(Folder, recursive: true);
    }

    // A network, processes and mounts are each host's own; of what the machine shares, a container has a part.
    private static bool IsContained(string fault, string target) => fault is "process-stop" or "process-kill" || fault.StartsWith("container-", StringComparison.Ordinal)
        || new[] { "network-", "dns-", "http-" }.Any(family => fault.StartsWith(family, StringComparison.Ordinal))
        || (fault is "memory-oom" && target.Contains("container:", StringComparison.Ordinal));

    private string At(string name) => Path.Combine(Folder, name);

    private string StateOf(string host) => Path.Combine(Folder, $"state-{host}");

    private StateFolder State(string host) => StateFolder.Open(name => name == "CRATERD_STATE" ? StateOf(host) : null, isRoot: false);

    private CraterProcess StartProgram(int init, string script, string[] arguments) => Start(init, ["/usr/bin/python3", script, .. arguments]);

    private CraterProcess Start(int init, string[] vector)
    {
        var program = CraterProcess.Start(Folder, new Dictionary<string, string>(), ["/usr/bin/nsenter", "-t", init.ToString(CultureInfo.InvariantCulture), "-n", "-p", "-m", "--", .. vector]);
        _programs.Add(program);
        return program;
    }

    private async Task StartAgentAsync(string host, int init, string address, params string[] access)
    {
        var craterd = Start(init, ["/usr/bin/env", $"CRATERD_STATE={StateOf(host)}", Playground.Program, "serve", "--listen", $"{address}:7447", .. access]);
        await craterd.SaysAsync("craterd serves");
    }

    private static string Script(string name, string folder)
    {
        var path = Path.Combine(folder, name);
        File.WriteAllText(path, name == "store.py" ? HostPrograms.Store : HostPrograms.App);
        return path;
    }
}
