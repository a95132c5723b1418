using System.CommandLine;
using Crater.Cli.Terminal;
using Crater.Diagnostics;
using Crater.Discovery;
using Crater.Kubernetes;
using Crater.Kubernetes.Install;
using Crater.Kubernetes.Operator;
using Crater.Targets;

namespace Crater.Cli.Composition;

/// <summary>What <c>install</c> and <c>uninstall</c> have in common.</summary>
internal sealed class InstallDesk
{
    private readonly Option<string> _home = new("--home") { Description = "The namespace in which Crater lives.", DefaultValueFactory = _ => CraterKinds.HomeSpace };
    private readonly Option<string> _namespaced = new("--namespaced") { Description = "Look after this namespace alone, with Roles instead of ClusterRoles.", HelpName = "NAMESPACE", DefaultValueFactory = _ => "" };
    private readonly Option<string> _timeout = new("--timeout") { Description = "How long to wait for the cluster.", DefaultValueFactory = _ => "5m" };

    public Option<bool> Dry { get; } = new("--dry-run") { Description = "Let the server check everything and change nothing; say what would change." };

    public void AddTo(Command command)
    {
        foreach (var option in (Option[])[_home, _namespaced, _timeout, Dry])
        {
            command.Add(option);
        }
    }

    public InstallOptions Options(ParseResult parsed) => new() { Home = parsed.GetValue(_home)!, Namespaced = parsed.GetValue(_namespaced)! };

    public TimeSpan Patience(ParseResult parsed) => Durations.TryParse(parsed.GetValue(_timeout)!, out var patience) && patience > TimeSpan.Zero ? patience
        : throw new CraterException("CRT1201", $"'{parsed.GetValue(_timeout)}' is no duration; write for example 5m.");

    public static Task<KubernetesConnection> OpenAsync(ParseResult parsed, GlobalOptions globals, Surroundings surroundings, CancellationToken stop)
    {
        var stack = StackFile.Find(parsed.GetValue(globals.Config), surroundings.WorkingDirectory);
        var kubeconfig = parsed.GetValue(globals.Kubeconfig) ?? stack?.Kubeconfig ?? "";
        return KubernetesConnection.OpenAsync(new ConnectionOptions
        {
            Kubeconfig = kubeconfig.Length > 0 ? surroundings.Path(kubeconfig) : "",
            Context = parsed.GetValue(globals.KubeContext) ?? stack?.Context ?? "",
            Environment = name => surroundings.Environment.GetValueOrDefault(name),
        }, surroundings.Clock, stop);
    }

    public static void Head(KubernetesConnection connection, InstallOptions options, Output output)
    {
        foreach (var warning in connection.Warnings)
        {
            output.Note($"WARNING: {warning}");
        }

        output.Line($"Cluster: context {connection.ContextName}, {connection.ServerVersion}; namespace {options.Home}, for {(options.Namespaced.Length > 0 ? $"namespace {options.Namespaced}" : "the whole cluster")}");
    }
}
