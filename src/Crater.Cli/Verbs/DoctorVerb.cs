using System.CommandLine;
using Crater.Cli.Composition;
using Crater.Cli.Terminal;
using Crater.Diagnostics;
using Crater.Discovery;
using Crater.Kubernetes;
using Crater.Kubernetes.Doctor;

namespace Crater.Cli.Verbs;

/// <summary><c>craterctl doctor</c>: whether a cluster is as Crater needs it, each missing piece with what to do. Changes nothing.</summary>
internal static class DoctorVerb
{
    public static Command Create(GlobalOptions globals, Surroundings surroundings)
    {
        var command = new Command("doctor", "Look whether the cluster is as Crater needs it: version, permissions, custom resources, runtime, Prometheus, pod security.")
        {
            ClusterBench.Prometheus,
        };
        command.Does(globals, surroundings, async (parsed, output, stop) =>
        {
            var stack = StackFile.Find(parsed.GetValue(globals.Config), surroundings.WorkingDirectory);
            using var connection = await KubernetesConnection.OpenAsync(Connection(parsed, globals, surroundings, stack), surroundings.Clock, stop);
            using var outside = new HttpClient();
            var prometheus = (parsed.GetResult(ClusterBench.Prometheus) is null ? null : parsed.GetValue(ClusterBench.Prometheus)) ?? stack?.PrometheusUrl;
            var found = await new ClusterDoctor(connection, PrometheusOf(prometheus), outside, surroundings.Clock)
            {
                AgentNamespace = stack?.AgentNamespace is { Length: > 0 } space ? space : Kubernetes.Agents.AgentPodOptions.DefaultNamespace,
            }.ExamineAsync(stop);
            Say(found, connection.ServerVersion, output);
            return found.IsFine ? ExitCodes.Upheld : ExitCodes.Environment;
        });
        return command;
    }

    private static ConnectionOptions Connection(ParseResult parsed, GlobalOptions globals, Surroundings surroundings, StackFile? stack)
    {
        var kubeconfig = parsed.GetValue(globals.Kubeconfig) ?? stack?.Kubeconfig ?? "";
        return new ConnectionOptions
        {
            Kubeconfig = kubeconfig.Length > 0 ? surroundings.Path(kubeconfig) : "",
            Context = parsed.GetValue(globals.KubeContext) ?? stack?.Context ?? "",
            Namespace = parsed.GetValue(globals.Namespace) ?? "",
            Environment = name => surroundings.Environment.GetValueOrDefault(name),
        };
    }

    private static Uri? PrometheusOf(string? address) => string.IsNullOrEmpty(address) ? null
        : Uri.TryCreate(address.TrimEnd('/') + "/", UriKind.Absolute, out var server) && server.Scheme is "http" or "https" ? server
        : throw new CraterException("CRT1209", $"'{address}' is not the address of a Prometheus server; write for example http://localhost:9090.");

    private static void Say(Checkup found, string version, Output output)
    {
        output.Line($"Cluster: context {found.Context}, namespace {found.Namespace}, {version}");
        foreach (var (check, next) in found.Checks.Zip(found.Checks.Skip(1).Append(null)))
        {
            var mark = check.State switch { CheckState.Fine => "✓", CheckState.Limited => "·", _ => "✗" };
            output.Line($"{mark} {check.Name,-22} {check.Found}{(check.Code.Length > 0 ? $" ({check.Code})" : "")}");
            if (check.Advice.Length > 0 && check.Advice != next?.Advice)     // one advice for all that it helps
            {
                output.Line($"  {"",-22} → {check.Advice}");
            }
        }

        output.Line(found.IsFine ? "Nothing that Crater needs is missing; a dot is something that it can do without." : "Something that Crater needs is missing: the lines with a cross.");
        output.Document(found.ToJson());
    }
}
