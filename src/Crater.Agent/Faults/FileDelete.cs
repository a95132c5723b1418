using Crater.Agent.Host;
using Crater.Agent.State;

namespace Crater.Agent.Faults;

/// <summary>Takes a file or folder away.</summary>
internal sealed class FileDelete : FileFault
{
    public override FaultDescription Description { get; } = new()
    {
        Name = "file-delete",
        Family = "file",
        Summary = "Takes a file or a folder away.",
        Mechanism = "It is renamed, in one step, to a name of craterd's in its own folder.",
        Ending = "Must be undone: it gets its name back in one step, never over a file that somebody made there meanwhile; then both are left and named.",
        Cannot = "A program that has the file open keeps it, as with any deletion. The space is not freed.",
        Parameters = [PathParameter],
        Aliases = ["file-del", "file-remove"],
    };

    public override IReadOnlyList<string> Wants(FaultRequest request) => [$"path:{Real(request.Text("path"), followLast: false)}"];

    public override Preparation Prepare(FaultRequest request)
    {
        var path = Real(request.Text("path"), followLast: false);
        _ = Existing(path, regular: false);
        return new Preparation(OwnNames(path, request.Uid), Wants(request), Description.Mechanism);
    }

    public override IDisposable? Inject(FaultRequest request, UndoData undo)
    {
        Names.Move(undo["path"], undo["held"]);
        Names.Sync(undo["path"]);
        return null;
    }

    public override Presence Look(UndoData undo) => Kept(undo) > 0 ? Presence.Present : Presence.Absent;

    public override void Recover(UndoData undo)
    {
        if (FileState.Of(undo["held"]) is null)
        {
            return;
        }

        if (FileState.Of(undo["path"]) is not null)
        {
            throw Foreign(undo, "made anew");
        }

        Names.Move(undo["held"], undo["path"]);
        Names.Sync(undo["path"]);
    }
}
