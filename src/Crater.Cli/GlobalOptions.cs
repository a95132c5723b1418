using System.CommandLine;

namespace Crater.Cli;

/// <summary>The options that every verb takes.</summary>
internal sealed class GlobalOptions
{
    public Option<bool> Verbose { get; } = new("--verbose", "-v") { Description = "Say more: causes of errors, requests, sources of values.", Recursive = true };

    public Option<string?> Config { get; } = new("--config", "-c") { Description = "stack.yaml to read (default: stack.yaml in the working directory, if there is one).", Recursive = true };

    public Option<string?> Namespace { get; } = new("--namespace") { Description = "Namespace to work in (default: the context's, or all for inventory and suggest).", Recursive = true };

    public Option<string?> Kubeconfig { get; } = new("--kubeconfig") { Description = "kubeconfig to read (default: $KUBECONFIG, then ~/.kube/config).", Recursive = true };

    public Option<string?> KubeContext { get; } = new("--kube-context") { Description = "Context of the kubeconfig; needed when it holds more than one (current-context is not followed).", Recursive = true };

    public Option<bool> Json { get; } = new("--json") { Description = "Answer with one JSON document on standard output.", Recursive = true };

    public void AddTo(RootCommand root)
    {
        foreach (var option in new Option[] { Verbose, Config, Namespace, Kubeconfig, KubeContext, Json })
        {
            root.Add(option);
        }
    }
}
