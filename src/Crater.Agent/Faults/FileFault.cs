using System.Globalization;
using Crater.Agent.Host;
using Crater.Agent.State;

namespace Crater.Agent.Faults;

/// <summary>
/// What the faults of files share. The original is kept under another name in its own folder (<c>.crater-UID.held</c>), never copied away: renaming is one step that a
/// death cannot halve, and what comes back is the very file, with its inode, owner, times and attributes.
/// </summary>
internal abstract class FileFault : HostFault
{
    protected static FaultParameter PathParameter { get; } = new("path", ParameterType.Path, "The file.") { Short = 'p', IsRequired = true };

    protected static FaultParameter ContentParameter { get; } = new("content", ParameterType.Text, "What is written, at most 32 KiB.") { Short = 'c', IsPrivate = true };

    /// <summary>The keys of undo data under which <see cref="OwnNames"/> has names of files.</summary>
    public static IReadOnlyList<string> OwnNameKeys { get; } = ["path", "held", "mine", "step"];

    /// <summary>Whether a path that is a link means what the link leads to.</summary>
    public virtual bool FollowsLinks => false;

    public override string Capability => "CAP_DAC_OVERRIDE, CAP_FOWNER";

    /// <summary>The names that a fault on this path may use.</summary>
    protected static Dictionary<string, string> OwnNames(string path, string uid)
    {
        var folder = Path.GetDirectoryName(path)!;
        return new Dictionary<string, string>
        {
            ["path"] = path,
            ["held"] = Path.Combine(folder, $".crater-{uid}.held"),
            ["mine"] = Path.Combine(folder, $".crater-{uid}.mine"),
            ["step"] = Path.Combine(folder, $".crater-{uid}.step"),
        };
    }

    /// <exception cref="AgentException">CRT5591: there is nothing of that name; CRT5592: it is no regular file.</exception>
    protected static FileState Existing(string path, bool regular)
    {
        var state = FileState.Of(path) ?? throw new AgentException("CRT5591", ExitCodes.Host, $"There is no {path}. Check the path; relative ones and globs are not read.");
        return !regular || state.IsRegular ? state : throw new AgentException("CRT5592", ExitCodes.Host, $"{path} is no regular file, and only those can be hit by this fault.");
    }

    /// <exception cref="AgentException">CRT5591: the folder is not there.</exception>
    protected static string Real(string path, bool followLast)
    {
        if (path.StartsWith("/proc/self/fd/", StringComparison.Ordinal))
        {
            return path;        // of a place, and resolved there already
        }

        try
        {
            return FileState.Real(path, followLast);
        }
        catch (HostException e)
        {
            throw new AgentException("CRT5591", ExitCodes.Host, $"The folder of {path} is not there or cannot be entered: {e.Message}");
        }
    }

    /// <summary>Makes a file of that content and these permissions, synced.</summary>
    protected static void Write(string path, string content, int permissions)
    {
        using var file = Descriptor.Open(path, Libc.WriteOnly | Libc.Create | Libc.Exclusive, 0x180 /* 0600 */);
        file.Write(System.Text.Encoding.UTF8.GetBytes(content));
        file.Sync();
        ChangeMode(path, permissions);
    }

    protected static void ChangeMode(string path, int permissions)
    {
        using var file = Descriptor.Open(path, Libc.PathOnly | Libc.NoFollow);
        ChangeMode(file, permissions);
    }

    /// <summary>Of the very file that is held: a name could lead elsewhere by now.</summary>
    protected static void ChangeMode(Descriptor file, int permissions)
    {
        if (Libc.ChangeMode($"/proc/self/fd/{file.Number}", (uint)permissions) != 0)
        {
            throw new HostException("The permissions of a file could not be changed", Errno.Last);
        }
    }

    protected static int Octal(string text) => Convert.ToInt32(text, 8);

    protected static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);

    public override string Fingerprint(UndoData undo) => $"path={{{FileState.Print(undo["path"])}}} kept={Kept(undo)}";

    public override string LookWith(UndoData undo) => $"ls -lai {Path.GetDirectoryName(undo["path"])}";

    /// <summary>How many of the fault's own names are there.</summary>
    protected static int Kept(UndoData undo) => new[] { "held", "mine", "step" }.Count(name => FileState.Of(undo[name]) is not null);

    /// <summary>Somebody else has put something in the way, and what to keep of the two is not craterd's to say.</summary>
    protected static AgentException Foreign(UndoData undo, string what) => new("CRT5593", ExitCodes.Residue,
        $"{undo["path"]} was {what} by somebody else while the fault was in place, and nothing was overwritten. What was there before is {undo["held"]}; decide which one to keep.");

    /// <summary>It is not what was looked at any more.</summary>
    protected static AgentException Changed(UndoData undo) => new("CRT5598", ExitCodes.NotInjected, $"Somebody changed {undo["path"]}, or put another file in its place, while it was being hit. Inject again.");
}
