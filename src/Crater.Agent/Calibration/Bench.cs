using Crater.Agent.Faults;
using Crater.Agent.Host;
using Crater.Agent.Keeping;
using Crater.Agent.Places;
using Crater.Agent.State;
using Crater.Agent.Verbs;

namespace Crater.Agent.Calibration;

/// <summary>Where faults are measured: each is put on and taken off as any other, in the agent's own state folder, so that what a death leaves is found like anything else.</summary>
internal sealed class Bench(StateFolder state) : IDisposable
{
    private static readonly TimeSpan Timeout = TimeSpan.FromMinutes(2);

    /// <summary>For files of the calibration's own.</summary>
    public string Folder { get; } = Directory.CreateTempSubdirectory("crater-calibrate-").FullName;

    /// <summary>Puts a fault on, measures, and takes it off whatever happens.</summary>
    /// <param name="fault">Canonical name.</param>
    /// <param name="arguments">As a person would write them.</param>
    /// <param name="measure">Gets the process that holds it.</param>
    /// <param name="inside">A process whose network it is put into; null for the host.</param>
    /// <exception cref="AgentException">It cannot be done here, or something was left of it.</exception>
    public T While<T>(string fault, IReadOnlyDictionary<string, string> arguments, Func<ProcessIdentity, T> measure, int? inside = null)
    {
        var known = HostFaults.Find(fault)!;
        _ = known.Check();
        var place = inside is { } pid ? PlaceSearch.Find(new Dictionary<string, string> { ["pid"] = $"{pid}" }) : null;
        var request = new FaultRequest(Uid.New(), fault, ArgumentValues.Read(known.Description, arguments)) { Place = place };
        _ = InjectVerb.Ask(new Asked(request, "calibrate", Timeout, TimeSpan.Zero));
        var folder = state.Find(request.Uid)!;
        try
        {
            return measure(folder.Read().Keeper!.Value);
        }
        finally
        {
            RecoverOrThrow(folder);
        }
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    private void RecoverOrThrow(InjectionFolder folder)
    {
        if (RecoverVerb.Recover(state, folder) is { IsClean: false } outcome)
        {
            throw new AgentException("CRT5740", ExitCodes.Residue, $"Something is left of {folder.Uid}: {outcome.Evidence}. Look with: {outcome.LookWith}; then: craterd recover {folder.Uid}");
        }
    }
}
