using Crater.Agent.Host;
using Crater.Agent.State;

namespace Crater.Agent.Faults;

/// <summary>Moves a file or folder to another name.</summary>
internal sealed class FileMove : FileFault
{
    public override FaultDescription Description { get; } = new()
    {
        Name = "file-move",
        Family = "file",
        Summary = "Moves a file or a folder to another name.",
        Mechanism = "It is renamed, in one step, never over something that is there.",
        Ending = "Must be undone: the same inode gets its old name back in one step, unless somebody made another file there meanwhile; then both are left and named.",
        Cannot = "It cannot move to another file system.",
        Parameters =
        [
            new("src", ParameterType.Path, "What is moved.") { Short = 's', IsRequired = true },
            new("dst", ParameterType.Path, "Its new name, which must not exist.") { Short = 'd', IsRequired = true },
        ],
        Aliases = ["file-mv", "file-rename"],
    };

    public override IReadOnlyList<string> Wants(FaultRequest request) =>
        [$"path:{Real(request.Text("src"), followLast: false)}", $"path:{Real(request.Text("dst"), followLast: false)}"];

    public override Preparation Prepare(FaultRequest request)
    {
        var path = Real(request.Text("src"), followLast: false);
        var target = Real(request.Text("dst"), followLast: false);
        var state = Existing(path, regular: false);
        if (FileState.Of(target) is not null)
        {
            throw new AgentException("CRT5594", ExitCodes.Host, $"{target} is there already, and nothing is moved over it. Choose another --dst.");
        }

        if (FileState.Of(Path.GetDirectoryName(target)! + "/.") is { } folder && Device(folder.Inode) != Device(state.Inode))
        {
            throw new AgentException("CRT5595", ExitCodes.Host, $"{target} is on another file system than {path}; only a move within one is a single step that can be undone. Choose a --dst beside it.");
        }

        var undo = OwnNames(path, request.Uid);
        (undo["held"], undo["inode"]) = (target, state.Inode);
        return new Preparation(undo, Wants(request), Description.Mechanism);
    }

    public override IDisposable? Inject(FaultRequest request, UndoData undo)
    {
        Names.Move(undo["path"], undo["held"]);
        if (Look(undo) == Presence.Absent)
        {
            Names.Move(undo["held"], undo["path"]);
            throw Changed(undo);
        }

        Names.Sync(undo["held"]);
        Names.Sync(undo["path"]);
        return null;
    }

    public override Presence Look(UndoData undo) => FileState.Of(undo["held"])?.Inode == undo["inode"] ? Presence.Present : Presence.Absent;

    public override void Recover(UndoData undo)
    {
        if (Look(undo) == Presence.Absent)
        {
            return;
        }

        if (FileState.Of(undo["path"]) is not null)
        {
            throw Foreign(undo, "made anew");
        }

        Names.Move(undo["held"], undo["path"]);
        Names.Sync(undo["path"]);
        Names.Sync(undo["held"]);
    }

    private static string Device(string inode) => inode[..inode.LastIndexOf(':')];
}
