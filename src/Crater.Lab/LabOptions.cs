using Crater.Lab.Nodes;

namespace Crater.Lab;

/// <summary>How a lab is set up.</summary>
public sealed record LabOptions
{
    /// <value>Nodes <c>node1</c>, <c>node2</c>, … in zones <c>zone-a</c>, <c>zone-b</c>, <c>zone-c</c> by turns. Range: 1 to 26. Default: 3.</value>
    public int Nodes { get; init; } = 3;

    /// <value>Nodes <c>hollow1</c>, <c>hollow2</c>, … whose pods are objects of the API without a process, for tests of size. Range: 0 to 1000. Default: 0.</value>
    public int HollowNodes { get; init; }

    /// <summary>Which program each image is; images without a program cannot be pulled.</summary>
    public ImageMap Images { get; init; } = new();

    /// <summary>Where to write the kubeconfig (0600) when the lab is ready; empty for nowhere.</summary>
    public string Kubeconfig { get; init; } = "";

    /// <summary>Where pods' folders and logs go; empty for a new folder below the temporary one, which goes with the lab.</summary>
    public string WorkingFolder { get; init; } = "";

    /// <summary>YAML files, or folders of them, applied in order of their names when the lab starts.</summary>
    public IReadOnlyList<string> Manifests { get; init; } = [];

    /// <summary>TCP port of the API on 127.0.0.1; 0 takes a free one.</summary>
    public int ApiPort { get; init; }

    /// <value>The first wait before a container that failed is started again; doubled up to thirty times itself. Default: 10 s, as the kubelet's.</value>
    public TimeSpan BackOffBase { get; init; } = BackOff.FirstByDefault;

    /// <summary>
    /// How to call this program, so that hidden tools (<c>lab-tool …</c>) can be run as processes of their own: the program and the
    /// arguments in front, e.g. <c>dotnet</c> and <c>craterctl.dll</c>. Default: the running program.
    /// </summary>
    public IReadOnlyList<string> Tool { get; init; } = DefaultTool();

    /// <summary>Where the state file goes, by which <c>lab down</c> and <c>lab status</c> find the lab; empty for none (in-process use).</summary>
    public string StateFolder { get; init; } = "";

    /// <summary>Give each container a control group, as a kubelet does, so that agent pods can put faults on pods. Takes root. Default: false.</summary>
    public bool Cgroups { get; init; }

    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>The seed of all chance in the lab: loss, jitter, shares of requests. 0 takes a new one.</summary>
    public int Seed { get; init; }

    private static IReadOnlyList<string> DefaultTool()
    {
        var program = Environment.ProcessPath ?? "craterctl";
        var assembly = Environment.GetCommandLineArgs() is [var first, ..] && first.EndsWith(".dll", StringComparison.Ordinal) ? first : null;
        return assembly is not null && Path.GetFileNameWithoutExtension(program) == "dotnet" ? [program, Path.GetFullPath(assembly)] : [program];
    }
}
