namespace Crater.Lab.Api;

/// <summary>What the API server asks of the nodes: the parts of a pod that are not in the store.</summary>
public interface IPodRuntime
{
    /// <summary>Copies a container's log to <paramref name="to"/>; with <see cref="LogRequest.Follow"/> until the container ends or the reader leaves.</summary>
    /// <returns>False when the container has no log (never started); the caller answers BadRequest.</returns>
    Task<bool> CopyLogAsync(LogRequest request, Stream to, CancellationToken stop);

    /// <summary>CPU and memory per container, read from the kernel.</summary>
    IReadOnlyList<ContainerUsage> Usage();
}

/// <param name="Container">Empty for the only container.</param>
public sealed record LogRequest(string Namespace, string Pod, string Container)
{
    public bool Follow { get; init; }

    public bool Previous { get; init; }

    public int? TailLines { get; init; }

    public long? LimitBytes { get; init; }

    public DateTimeOffset? Since { get; init; }

    public bool Timestamps { get; init; }
}

/// <param name="Cores">CPU used since the last look, in cores.</param>
/// <param name="Bytes">Resident size of the container's processes.</param>
public sealed record ContainerUsage(string Namespace, string Pod, string Container, double Cores, long Bytes);

/// <summary>A runtime whose containers can be entered.</summary>
internal interface IContainerAccess
{
    /// <exception cref="ApiException">The container does not run, or the program is not there.</exception>
    Task<IContainerProcess> ExecuteAsync(ExecRequest request);
}

/// <summary>One program to run beside a container's own.</summary>
internal sealed record ExecRequest(string Namespace, string Pod, string Container, IReadOnlyList<string> Command, bool HasTerminal);

/// <summary>A program that was started in a container; disposing of it ends it.</summary>
internal interface IContainerProcess : IAsyncDisposable
{
    Stream Input { get; }

    Stream Output { get; }

    /// <summary>Empty where a terminal mixes both.</summary>
    Stream Errors { get; }

    /// <summary>Its exit code.</summary>
    Task<int> Exited { get; }

    void Resize(int columns, int rows);
}
