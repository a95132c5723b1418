using System.Text.Json.Nodes;
using Crater.Lab.Store;

namespace Crater.Lab.Nodes;

/// <summary>The folder of one container: where it runs, and the log of its present and of its previous start.</summary>
internal sealed class ContainerFiles(string podFolder, string container)
{
    private readonly string _folder = Path.Combine(podFolder, container);

    public ContainerLog? Log { get; private set; }

    public ContainerLog? PreviousLog { get; private set; }

    /// <summary>The pod's own workingDir where this machine has such a folder; else a folder that is the container's alone.</summary>
    public string WorkingFolder(JsonObject spec)
    {
        if (spec.Text("workingDir") is { Length: > 0 } asked && Directory.Exists(asked))
        {
            return asked;
        }

        return Directory.CreateDirectory(Path.Combine(_folder, "work")).FullName;
    }

    public ContainerLog BeginLog(int start, TimeProvider clock)
    {
        Directory.CreateDirectory(_folder);
        if (PreviousLog is { } forgotten)
        {
            File.Delete(forgotten.File);
            File.Delete(forgotten.Older);
        }

        PreviousLog = Log;
        Log = new ContainerLog(Path.Combine(_folder, $"{start}.log"), clock);
        return Log;
    }
}
