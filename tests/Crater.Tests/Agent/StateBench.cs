using Crater.Agent.State;

namespace Crater.Tests.Agent;

/// <summary>A state folder of the test's own, gone with it.</summary>
internal sealed class StateBench : IDisposable
{
    public StateBench() => State = StateFolder.Open(name => name == "CRATERD_STATE" ? Folder : null, isRoot: false);

    public string Folder { get; } = Directory.CreateTempSubdirectory("crater-agent-").FullName;

    public StateFolder State { get; }

    public Journal NewJournal() => new(Path.Combine(Folder, "journal"));

    public string JournalFile => Path.Combine(Folder, "journal");

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
