using Crater.Diagnostics;
using Crater.Lab.Nodes;
using Crater.Lab.Spawning;
using Crater.Lab.Store;

namespace Crater.Lab.Holding;

/// <summary>A fault that is a process of ours within a container: what it uses is the container's, and it dies with it.</summary>
internal abstract class ExtraProcesses(Machine machine, IReadOnlyList<string> tool) : HeldFault
{
    private readonly List<(ContainerRun Container, SpawnedProcess Process)> _started = [];
    private readonly Lock _gate = new();

    public override Task TakeOffAsync()
    {
        List<(ContainerRun Container, SpawnedProcess Process)> started;
        lock (_gate)
        {
            started = [.. _started];
        }

        return Task.WhenAll(started.Select(StopAsync));
    }

    public override (bool IsPresent, string Seen) Look()
    {
        lock (_gate)
        {
            var living = _started.Count(entry => entry.Process.Id.IsAlive);
            return (living > 0, $"{living} of {_started.Count} processes that were added to the pod are running");
        }
    }

    public bool Has(ProcessId process)
    {
        lock (_gate)
        {
            return _started.Any(entry => entry.Process.Id == process);
        }
    }

    /// <summary>The container that a fault of the whole pod is put into: the first one that runs.</summary>
    protected static ContainerRun ContainerOf(PodRun pod) => pod.Containers.FirstOrDefault(container => container.Process is not null)
        ?? throw new CraterException("CRT6706", $"Pod {pod.Object.Name()} has no running process; wait until it runs.");

    /// <param name="output">Where the process's own words go; null drops them.</param>
    protected async Task StartAsync(ContainerRun container, IReadOnlyList<string> arguments, ContainerLog? output)
    {
        IReadOnlyList<string> vector = [.. tool, LabTools.Word, .. arguments];
        var path = Environment.GetEnvironmentVariable("PATH") ?? "";
        var program = Programs.Find(vector[0], path) ?? throw new CraterException("CRT6707", $"The lab's own tool '{vector[0]}' is not there; reinstall craterctl.");
        Dictionary<string, string> variables = new() { ["PATH"] = path, [Sweep.Mark] = machine.LabId, ["DOTNET_gcServer"] = "0", ["DOTNET_TieredPGO"] = "0" };
        foreach (var name in (string[])["HOME", "DOTNET_ROOT"])
        {
            if (Environment.GetEnvironmentVariable(name) is { } value)
            {
                variables[name] = value;
            }
        }

        var process = await machine.Spawner.StartAsync(
            new SpawnRequest { Program = program, Arguments = [.. vector.Skip(1)], Environment = variables, WorkingFolder = "/" }).ConfigureAwait(false);
        machine.Logs.Follow(process.Output, output);
        lock (_gate)
        {
            _started.Add((container, process));
        }

        container.Adopt(process.Id);
    }

    private async Task StopAsync((ContainerRun Container, SpawnedProcess Process) entry)
    {
        await ProcessTree.KillAsync(entry.Process.Id, machine.Clock).ConfigureAwait(false);
        await entry.Process.Exited.ConfigureAwait(false);
        entry.Container.Release(entry.Process.Id);
    }
}
