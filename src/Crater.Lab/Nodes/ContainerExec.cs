using Crater.Lab.Api;
using Crater.Lab.Spawning;
using Microsoft.Win32.SafeHandles;

namespace Crater.Lab.Nodes;

/// <summary>A program that exec started in a container, with its streams.</summary>
internal sealed class ContainerExec : IContainerProcess
{
    private readonly SpawnedProcess _process;
    private readonly TimeProvider _clock;
    private readonly SafeFileHandle _output;

    /// <param name="over">Called when the process has ended.</param>
    public ContainerExec(SpawnedProcess process, TimeProvider clock, Action over)
    {
        (_process, _clock) = (process, clock);
        _output = new SafeFileHandle(process.Output, ownsHandle: true);
        Output = new FileStream(_output, process.Input == process.Output ? FileAccess.ReadWrite : FileAccess.Read, bufferSize: 0);
        Input = process.Input == process.Output ? Output : Open(process.Input, FileAccess.Write);
        Errors = process.Errors < 0 ? Stream.Null : Open(process.Errors, FileAccess.Read);
        Exited = ExitAsync(over);
    }

    public Stream Input { get; }

    public Stream Output { get; }

    public Stream Errors { get; }

    public Task<int> Exited { get; }

    /// <exception cref="ApiException">InternalError in the container runtime's words: there is no such program.</exception>
    public static SpawnRequest Request(Func<IReadOnlyList<string>, SpawnRequest> inContainer, ExecRequest asked)
    {
        try
        {
            return inContainer(asked.Command) with { Streams = asked.HasTerminal ? SpawnStreams.Terminal : SpawnStreams.Pipes };
        }
        catch (ContainerConfigException missing)
        {
            throw new ApiException(500, "InternalError", "Internal error occurred: error executing command in container: failed to exec in container: "
                + $"failed to start exec: OCI runtime exec failed: exec failed: unable to start container process: {missing.Message}: unknown");
        }
    }

    public unsafe void Resize(int columns, int rows)
    {
        if (_process.Input == _process.Output && !_output.IsClosed)
        {
            var size = stackalloc ushort[4];
            (size[0], size[1]) = ((ushort)rows, (ushort)columns);
            _ = Native.TerminalControl(_process.Output, Native.SetWindowSize, size);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await ProcessTree.KillAsync(_process.Id, _clock).ConfigureAwait(false);
        await Input.DisposeAsync().ConfigureAwait(false);
        await Output.DisposeAsync().ConfigureAwait(false);
        await Errors.DisposeAsync().ConfigureAwait(false);
    }

    private async Task<int> ExitAsync(Action over)
    {
        var exit = await _process.Exited.ConfigureAwait(false);
        over();
        return exit.Code;
    }

    private static FileStream Open(int descriptor, FileAccess access) => new(new SafeFileHandle(descriptor, ownsHandle: true), access, bufferSize: 0);
}
