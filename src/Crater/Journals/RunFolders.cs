using Crater.Diagnostics;
using Crater.Drivers;

namespace Crater.Journals;

/// <summary>All runs below one folder, by default <c>.crater/runs</c> in the working directory.</summary>
public sealed class RunFolders(string root, TimeProvider clock) : IJournals
{
    /// <summary>Stands for the run that was planned last.</summary>
    public const string Latest = "latest";

    /// <summary>Where runs are kept when nothing else is said.</summary>
    public static string DefaultRoot(string workingDirectory) => Path.Combine(workingDirectory, ".crater", "runs");

    public string Root { get; } = root;

    /// <summary>
    /// Whether what is written has to survive a power cut. Default: yes. No where the intent stands somewhere else before the act, as an operator's does in the cluster.
    /// </summary>
    public bool IsSynced { get; init; } = true;

    public RunFolder Folder(RunId run) => new(Path.Combine(Root, run.Value), run, clock) { IsSynced = IsSynced };

    public IJournal Open(RunId run) => Folder(run).OpenJournal();

    public IDisposable? TryHold(RunId run) => Folder(run).TryHold();

    /// <summary>Makes the folder of a new run.</summary>
    /// <param name="isSynced"><inheritdoc cref="RunFolder.IsSynced"/></param>
    /// <exception cref="CraterException">CRT4004: it could not be made.</exception>
    public RunFolder Create(RunId run, bool isSynced = true)
    {
        isSynced &= IsSynced;
        try
        {
            var folder = new RunFolder(Path.Combine(Root, run.Value), run, clock) { IsSynced = isSynced };
            Directory.CreateDirectory(folder.Path);
            if (isSynced)
            {
                DirectorySync.Flush(Root);
            }

            return folder;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CraterException("CRT4004", $"The folder of {run} below {Root} could not be made: {e.Message}", e);
        }
    }

    /// <summary>Every run that has a journal, in order of id.</summary>
    public IReadOnlyList<RunId> All() => !Directory.Exists(Root)
        ? []
        : [.. Directory.EnumerateDirectories(Root).Select(path => Path.GetFileName(path)!).Where(IsRunId).Order(StringComparer.Ordinal)
            .Select(name => new RunId(name)).Where(run => Folder(run).Exists)];

    /// <inheritdoc/>
    /// <remarks>A run whose journal cannot be read counts as open: what it left is not known.</remarks>
    public IReadOnlyList<RunId> OpenRuns() => [.. All().Where(IsOpen)];

    /// <summary>The run that a person means: its id, a unique beginning of it (with or without <c>chaos-</c>), or <c>latest</c>.</summary>
    /// <exception cref="CraterException">CRT4005: there is none. CRT4006: more than one begins so.</exception>
    public RunFolder Resolve(string text)
    {
        var runs = All();
        var found = text == Latest
            ? runs.OrderByDescending(run => PlannedAt(run)).Take(1).ToArray()
            : runs.Where(run => Begins(run.Value, text)).ToArray();
        return found.Length switch
        {
            1 => Folder(found[0]),
            0 => throw new CraterException("CRT4005", $"No run below {Root} is called '{text}'. {Known(runs)}"),
            _ => throw new CraterException("CRT4006", $"'{text}' is the beginning of {found.Length} runs: {string.Join(", ", found.Take(5))}. Write more of the id."),
        };
    }

    private static bool Begins(string run, string text) => text.Length > 0
        && (run.StartsWith(text, StringComparison.Ordinal) || run.StartsWith("chaos-" + text, StringComparison.Ordinal));

    private static string Known(IReadOnlyList<RunId> runs) =>
        runs.Count == 0 ? "There is no run yet." : $"There are {runs.Count}, for example {string.Join(", ", runs.Take(3))}.";

    private static bool IsRunId(string name)
    {
        try
        {
            return new RunId(name).Value == name;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    private bool IsOpen(RunId run)
    {
        try
        {
            var state = Folder(run).State();
            return state.Plan is not null && !state.IsClosed;
        }
        catch (Exception e) when (e is CraterException or IOException or UnauthorizedAccessException)
        {
            return true;
        }
    }

    private DateTimeOffset PlannedAt(RunId run)
    {
        try
        {
            return Folder(run).State().Plan?.At ?? default;
        }
        catch (Exception e) when (e is CraterException or IOException or UnauthorizedAccessException)
        {
            return default;     // an unreadable run is found by its id
        }
    }
}
