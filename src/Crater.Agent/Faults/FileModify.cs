using Crater.Agent.Host;
using Crater.Agent.State;

namespace Crater.Agent.Faults;

/// <summary>Puts another content in the place of a file's.</summary>
internal sealed class FileModify : FileFault
{
    public override FaultDescription Description { get; } = new()
    {
        Name = "file-modify",
        Family = "file",
        Summary = "Puts another content in the place of a file's.",
        Mechanism = "The original gets a second name beside it, and another file with the same permissions and owner takes its own name in one step.",
        Ending = "Must be undone: the original takes its name back in one step, the same inode with everything it had. A file that somebody else put there meanwhile is left alone and named.",
        Cannot = "A program that has the file open goes on reading the original; it sees the change when it opens the file again. A file that is mounted by itself cannot be renamed and is refused.",
        Parameters = [PathParameter, ContentParameter],
        Aliases = ["file-replace"],
    };

    public override bool FollowsLinks => true;

    public override IReadOnlyList<string> Wants(FaultRequest request) => [$"path:{Real(request.Text("path"), followLast: true)}"];

    public override Preparation Prepare(FaultRequest request)
    {
        var path = Real(request.Text("path"), followLast: true);
        var state = Existing(path, regular: true);
        var undo = OwnNames(path, request.Uid);
        undo["inode"] = state.Inode;
        return new Preparation(undo, Wants(request), Description.Mechanism);
    }

    public override IDisposable? Inject(FaultRequest request, UndoData undo)
    {
        Names.Link(undo["path"], undo["held"]);
        if (FileState.Of(undo["held"]) is not { } original || original.Inode != undo["inode"])
        {
            Names.Remove(undo["held"]);
            throw Changed(undo);
        }

        Write(undo["mine"], request.Text("content"), original.Permissions);
        if ((original.User, original.Group) != (FileState.Of(undo["mine"])!.Value.User, FileState.Of(undo["mine"])!.Value.Group)
            && Libc.ChangeOwner(undo["mine"], original.User, original.Group) != 0)
        {
            throw new HostException($"The owner of {undo["path"]} could not be given to its stand-in", Errno.Last);
        }

        ChangeMode(undo["mine"], original.Permissions);     // a change of owner takes some of them away
        Keeping.Steps.Reached("half-way");
        // Its other name stays, so that recovery can tell this file from one that somebody else puts here.
        Names.Link(undo["mine"], undo["step"]);
        Names.Replace(undo["step"], undo["path"]);
        Names.Sync(undo["path"]);
        return null;
    }

    public override Presence Look(UndoData undo) => Kept(undo) > 0 ? Presence.Present : Presence.Absent;

    public override void Recover(UndoData undo)
    {
        if (FileState.Of(undo["held"]) is { } held)
        {
            PutBack(undo, held);
        }

        Names.Remove(undo["step"]);
        Names.Remove(undo["mine"]);
        Names.Sync(undo["path"]);
    }

    private static void PutBack(UndoData undo, FileState held)
    {
        var now = FileState.Of(undo["path"]);
        if (held.Inode != undo["inode"])
        {
            throw Foreign(undo, "kept under a name that was changed");
        }

        if (now?.Inode == held.Inode)
        {
            Names.Remove(undo["held"]);
        }
        else if (now is null)
        {
            Names.Move(undo["held"], undo["path"]);
        }
        else if (now.Value.Inode == FileState.Of(undo["mine"])?.Inode)
        {
            Names.Replace(undo["held"], undo["path"]);
        }
        else
        {
            throw Foreign(undo, "replaced");
        }
    }
}
