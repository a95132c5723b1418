using System.CommandLine;
using System.Net;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Crater.Diagnostics;
using Crater.Journals;
using Crater.Kubernetes;
using Crater.Kubernetes.Agents;
using Crater.Kubernetes.Client;
using Crater.Kubernetes.Operator;
using Crater.Kubernetes.Operator.Admission;

namespace Crater.Server.Operating;

/// <summary><c>crater-server operator</c>: reconciles Crater's kinds in a cluster until it is ended.</summary>
internal sealed class OperatorMode
{
    /// <summary>Who may read /metrics is asked on a connection of its own: whoever shows wrong tokens takes nothing from the operator's work.</summary>
    private const int ReviewsPerSecond = 10;

    private readonly Option<string> _kubeconfig = new("--kubeconfig") { Description = "A kubeconfig file (default: the pod's service account, else KUBECONFIG).", DefaultValueFactory = _ => "" };
    private readonly Option<string> _context = new("--context") { Description = "The kubeconfig's context, where it has more than one.", DefaultValueFactory = _ => "" };
    private readonly Option<string[]> _namespaces = new("--namespaces") { Description = "The namespaces to look after (default: all).", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [] };
    private readonly Option<string> _home = new("--home") { Description = "Where its Lease is (default: POD_NAMESPACE, else crater-system).", DefaultValueFactory = _ => Environment.GetEnvironmentVariable("POD_NAMESPACE") ?? CraterKinds.HomeSpace };
    private readonly Option<string> _identity = new("--identity") { Description = "Its name among the processes that stand by for each other (default: POD_NAME, else host name and chance).", DefaultValueFactory = _ => Identity() };
    private readonly Option<string> _folder = new("--folder") { Description = "Where run folders go. It may be lost: what recovery needs is in the cluster.", DefaultValueFactory = _ => Path.Combine(Path.GetTempPath(), "crater-operator", "runs") };
    private readonly Option<string> _listen = new("--listen") { Description = "Where /healthz, /readyz and /metrics are: ADDRESS:PORT.", DefaultValueFactory = _ => "127.0.0.1:8081" };
    private readonly Option<string> _token = new("--metrics-token-file") { Description = "The bearer token of who may read /metrics; needed where --listen is not loopback.", DefaultValueFactory = _ => "" };
    private readonly Option<string> _metrics = new("--metrics-listen") { Description = "Where /metrics is for service accounts that the cluster lets read it, over TLS: ADDRESS:PORT (default: none).", DefaultValueFactory = _ => "" };
    private readonly Option<string> _metricsCertificate = new("--metrics-cert") { Description = "The certificate of --metrics-listen, PEM. Read again when it changes (default: one of this process alone).", DefaultValueFactory = _ => "" };
    private readonly Option<string> _metricsKey = new("--metrics-key") { Description = "Its key, PEM.", DefaultValueFactory = _ => "" };
    private readonly Option<int> _runs = new("--runs-max") { Description = "Runs at once; others wait.", DefaultValueFactory = _ => new OperatorOptions { Identity = "" }.RunsMax };
    private readonly Option<double> _rate = new("--requests-per-second") { Description = "Requests to the API server, over a longer time; one that is busier than that says so itself.", DefaultValueFactory = _ => 2000 };

    private readonly Option<string> _agentImage = new("--agent-image") { Description = "The image of agent pods, for host faults (default: crater/agent of this version).", DefaultValueFactory = _ => "" };
    private readonly Option<bool> _chaosMeta = new("--chaosmeta") { Description = "Executes Experiments of chaosmeta.io/v1alpha1, too (deploy/chaosmeta has their kind)." };
    private readonly Option<string> _webhook = new("--webhook-listen") { Description = "Where the validating webhook is, over TLS: ADDRESS:PORT (default: none).", DefaultValueFactory = _ => "" };
    private readonly Option<string> _certificate = new("--webhook-cert") { Description = "The webhook's certificate, PEM. Read again when it changes.", DefaultValueFactory = _ => "tls.crt" };
    private readonly Option<string> _key = new("--webhook-key") { Description = "Its key, PEM.", DefaultValueFactory = _ => "tls.key" };

    public static Command Create()
    {
        var mode = new OperatorMode();
        var command = new Command("operator", "Runs Experiments, Workflows and Schedules that are objects of a cluster.");
        foreach (var option in (Option[])[mode._kubeconfig, mode._context, mode._namespaces, mode._home, mode._identity, mode._folder, mode._listen, mode._token, mode._metrics, mode._metricsCertificate, mode._metricsKey, mode._runs, mode._rate, mode._webhook, mode._certificate, mode._key, mode._agentImage, mode._chaosMeta])
        {
            command.Add(option);
        }

        command.SetAction(mode.RunAsync);
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken abort)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(abort);
        using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal => End(signal, stop));
        using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, signal => End(signal, stop));
        var listen = EndPoint(parsed.GetValue(_listen)!);
        var token = MetricsToken.Of(parsed.GetValue(_token)!, listen);
        var options = Options(parsed);
        await using var world = await OpenAsync(parsed, options, stop.Token);
        var folders = new RunFolders(parsed.GetValue(_folder)!, TimeProvider.System) { IsSynced = false };
        var crater = new CraterOperator(world, folders, options, TimeProvider.System);
        await using var webhook = parsed.GetValue(_webhook) is { Length: > 0 } at
            ? await WebhookServer.StartAsync(new ExperimentAdmission(world, options.Home, TimeProvider.System), EndPoint(at), parsed.GetValue(_certificate)!, parsed.GetValue(_key)!, stop.Token)
            : null;
        string Metrics() => webhook is null ? crater.Metrics() : crater.Metrics(webhook.CertificateEnd);
        await using var health = await HealthServer.StartAsync(crater, Metrics, listen, token, stop.Token);
        using var reviews = parsed.GetValue(_metrics) is { Length: > 0 } ? await KubernetesConnection.OpenAsync(Connection(parsed, ReviewsPerSecond, 2 * ReviewsPerSecond), TimeProvider.System, stop.Token) : null;
        await using var metrics = reviews is null ? null
            : await MetricsServer.StartAsync(new MetricsReaders(reviews.Client, TimeProvider.System), Metrics, EndPoint(parsed.GetValue(_metrics)!), parsed.GetValue(_metricsCertificate)!, parsed.GetValue(_metricsKey)!, stop.Token);
        options.Log($"{options.Identity} listens on {health.Address} and stands by for {options.Installation}.");
        await crater.RunAsync(stop.Token);
        return 0;
    }

    private OperatorOptions Options(ParseResult parsed) => new()
    {
        Namespaces = parsed.GetValue(_namespaces)!,
        Home = parsed.GetValue(_home)!,
        Identity = parsed.GetValue(_identity)!,
        ChaosMeta = parsed.GetValue(_chaosMeta),
        RunsMax = Math.Max(1, parsed.GetValue(_runs)),
        Log = Log,
    };

    private async Task<KubernetesWorld> OpenAsync(ParseResult parsed, OperatorOptions options, CancellationToken stop)
    {
        var rate = parsed.GetValue(_rate) is > 0 and var given ? given : throw new CraterException("CRT1201", "--requests-per-second is a number above 0.");
        var world = new KubernetesWorldOptions
        {
            Connection = Connection(parsed, rate, (int)Math.Max(10, rate * 2)),
            Namespaces = options.Namespaces,
            IsConfined = options.Namespaces.Count > 0,
            Watches = true,
            Voucher = options.Voucher,
            Agents = Agents(parsed, options),
        };
        for (var told = ""; ;)
        {
            try
            {
                return await KubernetesWorld.OpenAsync(world, TimeProvider.System, stop);
            }
            catch (KubernetesException e) when (e.IsUnreachable || e.Status is 429 or >= 500)
            {
                // An operator outlives its API server: it is there when that comes back.
                if (told != e.Message)
                {
                    Log(told = e.Message);
                }

                await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System, stop);
            }
        }
    }

    /// <summary>Agents live beside the operator: there it may have them.</summary>
    private AgentPodOptions Agents(ParseResult parsed, OperatorOptions options)
    {
        var usual = new AgentPodOptions { Namespace = options.Home };
        return parsed.GetValue(_agentImage) is { Length: > 0 } image ? usual with { Image = image } : usual;
    }

    private ConnectionOptions Connection(ParseResult parsed, double rate, int burst) => new()
    {
        Kubeconfig = parsed.GetValue(_kubeconfig)!,
        Context = parsed.GetValue(_context)!,
        Namespace = parsed.GetValue(_home)!,
        Client = new ClientOptions { RequestsPerSecond = rate, Burst = burst },
    };

    private static IPEndPoint EndPoint(string text) => IPEndPoint.TryParse(text, out var end) ? end
        : throw new CraterException("CRT1201", $"'{text}' is no address to listen on; write for example 127.0.0.1:8081 or 0.0.0.0:8081.");

    private static void End(PosixSignalContext signal, CancellationTokenSource stop)
    {
        signal.Cancel = true;
        stop.Cancel();
    }

    private static string Identity() => Environment.GetEnvironmentVariable("POD_NAME") is { Length: > 0 } pod ? pod
        : $"{Environment.MachineName.ToLowerInvariant()}-{RandomNumberGenerator.GetHexString(8, lowercase: true)}";

    private static void Log(string line) => Console.WriteLine($"{TimeProvider.System.GetUtcNow():yyyy-MM-ddTHH:mm:ss.fffZ} {line}");
}
