using System.Globalization;
using System.Text.Json.Nodes;
using Crater.Diagnostics;
using Crater.Drivers;
using Crater.EndToEnd.Tests.Lab;
using Crater.Faults;
using Crater.Lab;
using Crater.Targets;
using Xunit;

namespace Crater.EndToEnd.Tests.Faults;

/// <summary>A lab with a server <c>web</c> and two pods that call it, <c>near</c> and <c>far</c>; all faults go through the driver.</summary>
public sealed class FaultLab : IAsyncLifetime
{
    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(60);
    private HttpClient _api = null!;
    private int _sequence;

    internal LabCluster Cluster { get; private set; } = null!;

    internal LabDriver Driver { get; private set; } = null!;

    /// <summary>Every request on a connection of its own unless told otherwise.</summary>
    internal HttpClient Http { get; } = new(new SocketsHttpHandler { UseProxy = false, PooledConnectionLifetime = TimeSpan.Zero });

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        Cluster = await LabFixture.StartAsync();
        _api = LabDriver.Client(Cluster.ApiAddress, Cluster.Token, Cluster.CertificatePem);
        Driver = new LabDriver(_api);
        foreach (var name in (string[])["web", "near", "far"])
        {
            Expose(name);
        }

        foreach (var name in (string[])["web", "near", "far"])
        {
            await ServeAsync(name);
        }
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        _api.Dispose();
        await Cluster.DisposeAsync();
    }

    internal string Address(string service) => Cluster.Services.Single(known => known.Name == service).Address;

    internal Uri Url(string service, string path) => new($"http://{Address(service)}{path}");

    /// <summary>Starts a pod that serves HTTP and waits until its service answers.</summary>
    internal async Task ServeAsync(string name, string more = "")
    {
        var app = Path.Combine(AppContext.BaseDirectory, "Faults", "app.py");
        Cluster.Store.Create("pods", LabFixture.Pod(name, $"""["python3", "{app}", "$(POD_IP)"]""",
            $$""", "readinessProbe": {"httpGet": {"path": "/ready", "port": 8080}, "periodSeconds": 1} {{more}}"""));
        await Cluster.UntilAsync(name, pod => pod.IsReady());
        await LabFixture.UntilAsync(() => Cluster.Services.Any(known => known.Name == name), $"service {name} is open");
        await AnswersAsync(name);
    }

    internal Task AnswersAsync(string name) => LabFixture.UntilAsync(() =>
    {
        try
        {
            return Http.Send(new HttpRequestMessage(HttpMethod.Get, Url(name, "/ready")), Stop).IsSuccessStatusCode;
        }
        catch (Exception e) when (NoAnswer.Is(e))
        {
            return false;
        }
    }, $"{name} answers");

    /// <summary>Lets one pod call a service; the time is what the calling pod measured.</summary>
    internal async Task<(double Milliseconds, string Outcome)> CallAsync(string from, string to, string path = "/", string keep = "")
    {
        var text = await Http.GetStringAsync(
            Url(from, $"/call?service={to.ToUpperInvariant()}&path={Uri.EscapeDataString(path)}&keep={keep}"), Stop);
        var words = text.Split(' ');
        return (double.Parse(words[0], CultureInfo.InvariantCulture), words[1]);
    }

    /// <summary>
    /// Asks until a call took no longer than <paramref name="most"/>, ten times at most; none may take less than <paramref name="least"/>. A busy machine makes a call longer and never
    /// shorter, so the shortest is what the fault makes of it.
    /// </summary>
    /// <returns>The shortest, in milliseconds.</returns>
    internal static async Task<double> TakesAsync(double least, double most, Func<Task<double>> call)
    {
        const int CallsMax = 10;
        var shortest = double.MaxValue;
        for (var calls = 0; calls < CallsMax && shortest > most; calls++)
        {
            shortest = Math.Min(shortest, await call());
        }

        Assert.InRange(shortest, least, most);
        return shortest;
    }

    /// <summary>As <see cref="TakesAsync(double, double, Func{Task{double}})"/>, of a call from one pod to a service.</summary>
    internal Task<double> TakesAsync(double least, double most, string from, string to, string path = "/", string keep = "") =>
        TakesAsync(least, most, async () => (await CallAsync(from, to, path, keep)).Milliseconds);

    internal async Task<HeldForTest> InjectAsync(string fault, string pod, params (string Name, string Value)[] arguments)
    {
        var held = Ask(fault, pod, arguments);
        held.Preparation = await Driver.PrepareAsync(held.Injection, Stop);
        Assert.NotEmpty(await Driver.InjectAsync(held.Injection, held.Preparation, Lease, Stop));
        return held;
    }

    /// <summary>An injection that nobody has asked the lab for yet.</summary>
    internal HeldForTest Ask(string fault, string pod, params (string Name, string Value)[] arguments) => new(new Injection
    {
        Run = new RunId("chaos-0000abcd"),
        Sequence = Interlocked.Increment(ref _sequence),
        Activity = "a test",
        Fault = new Fault { Name = fault, AskedAs = fault, Arguments = arguments.ToDictionary(argument => argument.Name, argument => argument.Value) },
        Target = new Target { Kind = TargetKind.Pod, Namespace = "default", Name = pod, Uid = $"uid-{pod}" },
        Driver = "lab",
        Duration = TimeSpan.FromSeconds(60),
    });

    /// <summary>Recovers and demands the proof: absent, and the fingerprint as before.</summary>
    internal async Task RecoverAsync(HeldForTest held)
    {
        await Driver.RecoverAsync(held.Injection, held.Preparation, Stop);
        await CleanAsync(held);
    }

    internal async Task CleanAsync(HeldForTest held)
    {
        var after = await Driver.InspectAsync(held.Injection, held.Preparation, Stop);
        Assert.Equal((Presence.Absent, held.Preparation.Before), (after.Presence, after.Now));
    }

    internal async Task<Presence> PresenceAsync(HeldForTest held) => (await Driver.InspectAsync(held.Injection, held.Preparation, Stop)).Presence;

    /// <summary>Whether everything that the holder lists is over.</summary>
    internal async Task<bool> HasOnlyTombstonesAsync()
    {
        var list = JsonNode.Parse(await _api.GetStringAsync(new Uri("/apis/lab.crater.dev/v1/injections", UriKind.Relative), Stop))!;
        return list["items"]!.AsArray().All(item => (string?)item!["presence"] == "absent" && (string?)item["ended"] != "");
    }

    private void Expose(string name) => Cluster.Store.Create("services", JsonNode.Parse($$$"""
        {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "{{{name}}}", "namespace": "default", "uid": "uid-of-service-{{{name}}}"},
         "spec": {"selector": {"app": "{{{name}}}"}, "ports": [{"name": "http", "port": 80, "targetPort": 8080}]}}
        """)!.AsObject());
}

internal sealed class HeldForTest(Injection injection)
{
    public Injection Injection => injection;

    public Preparation Preparation { get; set; } = new() { Before = new Fingerprint("") };
}
